//! Latencies, kept as an HDR histogram of nanoseconds with three digits.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

const LOWEST: u64 = 1_000;
const HIGHEST: u64 = 120_000_000_000;
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

#[derive(Clone)]
pub(crate) struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        let empty = Histogram::new_with_bounds(LOWEST, HIGHEST, 3);
        Self(empty.unwrap_or_else(|error| unreachable!("constant bounds: {error}")))
    }
}

impl Latency {
    pub(crate) fn record(&mut self, nanos: u64) {
        self.0.saturating_record(nanos);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if let Err(error) = self.0.add(&other.0) {
            unreachable!("equal bounds: {error}");
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that the fraction `quantile` does not pass, in milliseconds.
    pub(crate) fn millis(&self, quantile: f64) -> f64 {
        millis(self.0.value_at_quantile(quantile))
    }

    pub(crate) fn text(&self) -> String {
        let parts = QUANTILES.map(|(name, q)| format!("{name} {:<9.3}", self.millis(q)));
        let max = millis(self.0.max());
        format!("n {:<9} {} max {max:.3} ms", self.count(), parts.join(" "))
    }

    pub(crate) fn json(&self) -> Value {
        let mut value = json!({ "count": self.count(), "max_ms": millis(self.0.max()) });
        for (name, quantile) in QUANTILES {
            value[format!("{}_ms", name.replace('.', "_"))] = json!(self.millis(quantile));
        }
        value
    }
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|n| latency.record(n * 1_000_000));
        assert!((latency.millis(0.5) - 500.0).abs() < 1.0);
        assert!((latency.millis(0.99) - 990.0).abs() < 1.0);
    }
}
