//! What went wrong, counted by kind, with one example of each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::reply::Reply;
use crate::error::Error;

const EXAMPLE_LENGTH: usize = 300;

#[derive(Default)]
pub(crate) struct Tally(BTreeMap<String, Kind>);

struct Kind {
    count: u64,
    example: String,
}

impl Tally {
    pub(crate) fn count(&mut self, kind: impl Into<String>, example: impl FnOnce() -> String) {
        let kind = self
            .0
            .entry(kind.into())
            .or_insert_with(|| Kind { count: 0, example: example().chars().take(EXAMPLE_LENGTH).collect() });
        kind.count += 1;
    }

    /// An answer with another status than the one asked for.
    pub(crate) fn refused(&mut self, reply: &Reply<'_>) {
        let example = || String::from_utf8_lossy(&reply.body).into_owned();
        self.count(format!("status {}", reply.status), example);
    }

    /// A connection that ended or did not speak HTTP, or a call that was refused.
    pub(crate) fn failed(&mut self, error: &Error) {
        let kind = match error {
            Error::Refused { status, .. } => format!("status {status}"),
            Error::Io(_) | Error::Closed => "reset".to_owned(),
            Error::TimedOut(_) => "time-out".to_owned(),
            Error::Command { .. } => "command".to_owned(),
            Error::ServerEnded(_) => "server ended".to_owned(),
            _ => "protocol".to_owned(),
        };
        self.count(kind, || error.to_string());
    }

    /// `count` occurrences at once; none leave no trace.
    pub(crate) fn many(&mut self, kind: &str, count: u64) {
        if count > 0 {
            self.count(kind, String::new);
            self.0.entry(kind.to_owned()).and_modify(|kind| kind.count += count - 1);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (name, theirs) in other.0 {
            match self.0.get_mut(&name) {
                Some(ours) => ours.count += theirs.count,
                None => _ = self.0.insert(name, theirs),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.0.iter().map(|(name, kind)| {
            let example = kind.example.replace('\n', " ");
            format!("  {name:<22} {:<9} {example}\n", kind.count)
        });
        lines.collect()
    }

    pub(crate) fn json(&self) -> Value {
        let kinds = self.0.iter().map(|(name, kind)| {
            let value = json!({ "count": kind.count, "example": kind.example });
            (name.clone(), value)
        });
        Value::Object(kinds.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_add_up_and_none_is_nothing() {
        let (mut ours, mut theirs) = (Tally::default(), Tally::default());
        ours.many("lost", 0);
        assert!(ours.is_empty());
        ours.many("lost", 3);
        theirs.many("lost", 4);
        ours.merge(theirs);
        assert_eq!(ours.json()["lost"]["count"], 7);
    }
}
