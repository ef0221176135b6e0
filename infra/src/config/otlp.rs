//! Where traces are sent, and how many of them.

use super::{Error, Sources};

/// Parts of a whole.
const WHOLE: u64 = 1_000_000;

/// A receiver of traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otlp {
    /// `http://host:port`, without what stands behind it.
    pub url: String,
    /// Of a million traces so many are sent.
    millionths: u64,
}

impl Otlp {
    pub(super) fn read(sources: &Sources) -> Result<Option<Self>, Error> {
        let url = sources.read("otlp", url)?;
        let millionths = sources.read("otlp_ratio", ratio)?;
        Ok(url.map(|url| Self { url, millionths }))
    }

    /// Whether a trace is sent: decided by its id, so all processes decide the same.
    #[must_use]
    pub fn samples(&self, trace: [u8; 16]) -> bool {
        let [.., a, b, c, d] = trace;
        u64::from(u32::from_be_bytes([a, b, c, d])) * WHOLE < self.millionths << 32
    }
}

fn url(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let host = text.strip_prefix("http://").map(|host| host.trim_end_matches('/'));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(Some(format!("http://{host}")))
        }
        _ => Err("http://host:port is expected; for TLS, a collector beside this process".to_owned()),
    }
}

fn ratio(text: &str) -> Result<u64, String> {
    let ratio = text.parse().ok().filter(|ratio: &f64| (0.0..=1.0).contains(ratio));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let millionths = ratio.map(|ratio| (ratio * WHOLE as f64).round() as u64);
    millionths.ok_or_else(|| "a number from 0 to 1, such as 0.1, is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_a_host_and_maybe_a_port() {
        assert_eq!(url(""), Ok(None));
        assert_eq!(url("http://127.0.0.1:4318/"), Ok(Some("http://127.0.0.1:4318".to_owned())));
        for wrong in ["https://h", "127.0.0.1:4318", "http://", "http://h/v1/traces", "http://u@h"] {
            assert!(url(wrong).is_err_and(|why| why.contains("http://host:port")), "{wrong}");
        }
    }

    #[test]
    fn as_many_traces_are_sent_as_the_ratio_says() {
        let sent = |text: &str| {
            let otlp = Otlp { url: String::new(), millionths: ratio(text).expect("a ratio") };
            (0..10_000_u32).filter(|n| otlp.samples(u128::from(n.wrapping_mul(2_654_435_769)).to_be_bytes())).count()
        };
        assert_eq!((sent("0"), sent("1")), (0, 10_000));
        assert!((2_400..2_600).contains(&sent("0.25")));
        for wrong in ["", "-0.1", "1.1", "half", "NaN"] {
            assert!(ratio(wrong).is_err(), "{wrong}");
        }
    }
}
