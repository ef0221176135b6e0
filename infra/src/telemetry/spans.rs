//! Traces over OTLP: what one request led to, in whichever process.
//!
//! Nothing is carried along for it: every event says which request caused it (`causation_id`) and what ties that to others
//! (`correlation_id`, the trace id where there is one), in the store, in the log and in Kafka. The ids of traces and spans are made of
//! those, so whoever has something to tell knows where it belongs, and all processes sample the same traces.

mod post;
#[cfg(test)]
mod tests;
mod told;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanContext, Status, TraceFlags, TraceId, TraceState};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, IdGenerator as _, RandomIdGenerator, SpanData, SpanEvents, SpanLinks, SpanProcessor as _,
};
use sha2::{Digest as _, Sha256};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use uuid::Uuid;

use crate::config::Otlp;
use post::Post;
use told::{Told, span_id};

pub(crate) use command_side::spans::{TARGET, ago, are_told, done};

/// For what is not exported yet when the process ends.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Exports what is told under [`TARGET`].
#[derive(Clone)]
pub(super) struct Spans(Arc<Export>);

struct Export {
    processor: BatchSpanProcessor,
    otlp: Otlp,
    scope: InstrumentationScope,
}

impl Spans {
    /// Exports to where the settings say, as what `service` tells.
    pub(super) fn to(otlp: &Otlp, service: &'static str) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder().with_http().with_http_client(Post::default());
        let exporter = exporter.with_protocol(Protocol::HttpBinary).with_endpoint(format!("{}/v1/traces", otlp.url));
        let mut processor = BatchSpanProcessor::builder(exporter.build()?).build();
        processor.set_resource(&Resource::builder().with_service_name(service).build());
        let scope = InstrumentationScope::builder("bigtech-chat").with_version(env!("CARGO_PKG_VERSION")).build();
        Ok(Self(Arc::new(Export { processor, otlp: otlp.clone(), scope })))
    }

    /// Exports what there still is.
    pub(super) fn end(&self) {
        if let Err(error) = self.0.processor.shutdown_with_timeout(LAST_WORDS) {
            tracing::warn!(%error, "not all traces were exported");
        }
    }
}

impl Export {
    /// Most traces are not sampled: of what is told of those nothing but the trace is looked at.
    fn samples(&self, event: &Event<'_>) -> bool {
        let mut trace = TraceOf(None);
        event.record(&mut trace);
        trace.0.is_some_and(|trace| self.otlp.samples(trace.to_bytes()))
    }

    fn span(&self, told: Told) -> SpanData {
        let trace = trace_id(&told.correlation_id);
        let own = told.own.map_or_else(|| RandomIdGenerator::default().new_span_id(), span_id);
        SpanData {
            span_context: SpanContext::new(trace, own, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: told.parent(),
            parent_span_is_remote: true,
            span_kind: told.kind,
            name: told.name.into(),
            start_time: told.began.unwrap_or_else(SystemTime::now),
            end_time: SystemTime::now(),
            attributes: told.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if told.failed { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.scope.clone(),
        }
    }
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if self.0.samples(event) {
            let mut told = Told::default();
            event.record(&mut told);
            self.0.processor.on_end(self.0.span(told));
        }
    }
}

/// The trace alone.
struct TraceOf(Option<TraceId>);

impl Visit for TraceOf {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "correlation_id" {
            self.0 = Some(trace_id(value));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// A correlation id that is a trace id, or a request's own, is one as it stands; what else clients bring along is made one.
fn trace_id(correlation_id: &str) -> TraceId {
    let hex = Some(correlation_id).filter(|id| id.len() == 32).and_then(|id| TraceId::from_hex(id).ok());
    let id = hex.or_else(|| Uuid::try_parse(correlation_id).ok().map(|id| TraceId::from_bytes(id.into_bytes())));
    id.unwrap_or_else(|| {
        let digest = Sha256::digest(correlation_id);
        digest.first_chunk().map_or(TraceId::INVALID, |first| TraceId::from_bytes(*first))
    })
}

/// The trace id of what has this correlation id.
pub(super) fn trace_of(correlation_id: &str) -> String {
    trace_id(correlation_id).to_string()
}

/// What ties others who read an event to the trace that it is part of (W3C Trace Context).
pub(crate) fn traceparent(correlation_id: &str, event: Uuid) -> String {
    let flags = u8::from(are_told());
    format!("00-{}-{}-{flags:02x}", trace_id(correlation_id), span_id(event))
}
