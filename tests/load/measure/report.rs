//! The figures of a run, in the order in which they are said; a name ends in its unit.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::latency::Latency;
use super::tally::Tally;
use super::usage::Usage;
use crate::error::Error;

pub(crate) struct Report {
    scenario: &'static str,
    fields: Vec<(String, Field)>,
    errors: Tally,
}

enum Field {
    Latency(Latency),
    Number(Option<f64>),
    Value(Value),
}

impl Report {
    pub(crate) fn new(scenario: &'static str) -> Self {
        Self { scenario, fields: Vec::new(), errors: Tally::default() }
    }

    pub(crate) fn latency(&mut self, name: impl Into<String>, latency: &Latency) -> &mut Self {
        self.add(name, Field::Latency(latency.clone()))
    }

    pub(crate) fn number(&mut self, name: impl Into<String>, value: f64) -> &mut Self {
        self.maybe(name, Some(value))
    }

    /// A figure that could not be had on every server.
    pub(crate) fn maybe(&mut self, name: impl Into<String>, value: Option<f64>) -> &mut Self {
        self.add(name, Field::Number(value))
    }

    pub(crate) fn value(&mut self, name: impl Into<String>, value: Value) -> &mut Self {
        self.add(name, Field::Value(value))
    }

    pub(crate) fn errors(&mut self, tally: Tally) -> &mut Self {
        self.errors.merge(tally);
        self
    }

    /// What ended the run early, or went wrong as a whole.
    pub(crate) fn failure(&mut self, error: &Error) {
        self.errors.failed(error);
    }

    /// CPU seconds of both sides, and the server's share per thing done, in microseconds.
    pub(crate) fn usage(&mut self, prefix: &str, usage: Usage, done: u64) -> &mut Self {
        let each = usage.server.map(|seconds| seconds * 1e6 / done.max(1) as f64);
        self.maybe(format!("{prefix}server_cpu_s"), usage.server)
            .number(format!("{prefix}generator_cpu_s"), usage.generator)
            .maybe(format!("{prefix}server_cpu_each_us"), each)
    }

    pub(crate) fn rate(&mut self, name: impl Into<String>, done: u64, time: Duration) -> &mut Self {
        self.number(name, rate(done, time))
    }

    pub(crate) fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n", self.scenario);
        for (name, field) in &self.fields {
            text.push_str(&format!("  {name:<28} {}\n", field.text()));
        }
        if self.failed() {
            text.push_str("errors\n");
            text.push_str(&self.errors.text());
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("scenario".to_owned(), json!(self.scenario));
        for (name, field) in &self.fields {
            object.insert(name.clone(), field.json());
        }
        object.insert("errors".to_owned(), self.errors.json());
        Value::Object(object)
    }

    fn add(&mut self, name: impl Into<String>, field: Field) -> &mut Self {
        self.fields.push((name.into(), field));
        self
    }
}

impl Field {
    fn text(&self) -> String {
        match self {
            Self::Latency(latency) => latency.text(),
            Self::Number(None) => "unknown".to_owned(),
            Self::Number(Some(value)) if value.fract() == 0.0 => format!("{value:.0}"),
            Self::Number(Some(value)) => format!("{value:.3}"),
            Self::Value(value) => value.to_string(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Latency(latency) => latency.json(),
            Self::Number(value) => json!(value),
            Self::Value(value) => value.clone(),
        }
    }
}

/// How many a second; of no time, none.
pub(crate) fn rate(done: u64, time: Duration) -> f64 {
    match time.as_secs_f64() {
        0.0 => 0.0,
        seconds => done as f64 / seconds,
    }
}
