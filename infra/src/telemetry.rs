//! Logs and metrics.

mod commands;
mod http;
mod lines;
mod metrics;
mod panics;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::fmt;

use crate::config::{LogFormat, Role, Settings};

pub use http::RouteMeter;
pub(crate) use lines::within;
pub use metrics::Metrics;
pub(crate) use panics::catching;

/// Starts logging to standard error: text on a terminal, JSON otherwise, unless the settings say which.
/// A panic is logged like anything else. Only the first call has an effect.
pub fn start(settings: &Settings) {
    // The settings were checked; a filter that is none would only be too silent.
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_default();
    let lines = fmt().with_env_filter(filter).with_writer(stderr);
    let text = match settings.log_format {
        LogFormat::Auto => stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let started = if text {
        lines.with_ansi(stderr().is_terminal()).try_init()
    } else {
        lines.event_format(lines::Json { service: service(settings) }).try_init()
    };
    if started.is_ok() {
        panics::log();
    }
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
