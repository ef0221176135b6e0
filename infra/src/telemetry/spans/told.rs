//! What is told of a span, as fields of a log event:
//!
//! | field | |
//! |---|---|
//! | `span`, `kind` | its name; `server`, `producer`, `consumer`, or nothing |
//! | `correlation_id` | its trace |
//! | `own` | the id of what it is the span of: a request, an event; nothing if nobody refers to it |
//! | `cause` | the same of the span above it |
//! | `parent` | 16 digits, where the span above it is not of this system |
//! | `began` | microseconds since 1970; it ends when it is told |
//! | `failed` | whether it came to nothing |
//!
//! Any other field is an attribute.

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind};
use tracing::field::{Field, Visit};
use uuid::Uuid;

/// A span that was told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) kind: SpanKind,
    pub(super) correlation_id: String,
    pub(super) own: Option<Uuid>,
    pub(super) cause: Option<Uuid>,
    pub(super) remote: Option<SpanId>,
    pub(super) began: Option<SystemTime>,
    pub(super) failed: bool,
    pub(super) attributes: Vec<KeyValue>,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: SpanKind::Internal,
            correlation_id: String::new(),
            own: None,
            cause: None,
            remote: None,
            began: None,
            failed: false,
            attributes: vec![],
        }
    }
}

impl Told {
    /// The span above it; none if it is the first.
    pub(super) fn parent(&self) -> SpanId {
        self.remote.or(self.cause.map(span_id)).unwrap_or(SpanId::INVALID)
    }
}

/// Ids of requests and events end with random bytes.
pub(super) fn span_id(id: Uuid) -> SpanId {
    let [.., a, b, c, d, e, f, g, h] = *id.as_bytes();
    SpanId::from_bytes([a, b, c, d, e, f, g, h])
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "began" => self.began = Some(UNIX_EPOCH + Duration::from_micros(value)),
            name => self.attributes.push(KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "failed" => self.failed = value,
            name => self.attributes.push(KeyValue::new(name, value)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "span" => value.clone_into(&mut self.name),
            "kind" => self.kind = kind(value),
            "correlation_id" => value.clone_into(&mut self.correlation_id),
            "own" => self.own = value.parse().ok(),
            "cause" => self.cause = value.parse().ok(),
            "parent" => self.remote = SpanId::from_hex(value).ok(),
            name => self.attributes.push(KeyValue::new(name, value.to_owned())),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

fn kind(word: &str) -> SpanKind {
    match word {
        "server" => SpanKind::Server,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}
