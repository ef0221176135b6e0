//! Logs, metrics and traces.

mod commands;
mod http;
mod lines;
mod metrics;
mod panics;
pub(crate) mod spans;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, registry};

use crate::config::{LogFormat, Role, Settings};

pub use http::RouteMeter;
pub(crate) use lines::within;
pub use metrics::Metrics;
pub(crate) use panics::catching;
use spans::Spans;

/// What is told of the process; what there is still to be exported is exported when it is dropped.
#[must_use]
pub struct Telemetry(Option<Spans>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(spans) = &self.0 {
            spans.end();
        }
    }
}

/// Starts logging to standard error: text on a terminal, JSON otherwise, unless the settings say which; and traces, if they say where to.
/// A panic is logged like anything else. Only the first call has an effect.
pub fn start(settings: &Settings) -> Telemetry {
    // The settings were checked; a filter that is none would only be too silent.
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_default();
    let spans = settings.otlp.as_ref().map(|otlp| Spans::to(otlp, service(settings)));
    let (spans, failed) = match spans.transpose() {
        Ok(spans) => (spans, None),
        Err(error) => (None, Some(error)),
    };
    let told = spans.clone().map(|spans| spans.with_filter(filter_fn(|about| about.target() == spans::TARGET)));
    if registry().with(lines(settings).with_filter(filter)).with(told).try_init().is_ok() {
        panics::log();
    }
    if let Some(error) = failed {
        tracing::error!(%error, "no traces are sent");
    }
    Telemetry(spans)
}

fn lines(settings: &Settings) -> Box<dyn Layer<Registry> + Send + Sync> {
    let is_text = match settings.log_format {
        LogFormat::Auto => stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let lines = layer().with_writer(stderr);
    if is_text {
        return lines.with_ansi(stderr().is_terminal()).boxed();
    }
    lines.event_format(lines::Json { service: service(settings) }).boxed()
}

/// What this process is among others: a context where it serves one, else its role where it has one.
#[must_use]
pub fn service(settings: &Settings) -> &'static str {
    let is_edge = settings.carries(Role::Command) || settings.carries(Role::Query);
    match (is_edge, &*settings.contexts, &*settings.roles) {
        (true, [context], _) => context.as_str(),
        (false, _, [role]) => role.as_str(),
        _ => "bigtech-chat",
    }
}
