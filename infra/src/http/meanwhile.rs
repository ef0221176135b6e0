//! What the ports answer while a process waits for the servers that it depends on.

use std::sync::Arc;
use std::time::Duration;

use super::listeners::accept;
use super::seats::Seats;
use super::shutdown::Signals;
use super::{Bodies, Listeners, Parts, Readiness, router};
use crate::adapters::rates::Rates;
use crate::config::Settings;
use crate::telemetry::Metrics;

/// What is there sooner is waited for without a word.
const SOON: Duration = Duration::from_millis(500);

/// Waits for `opening`, the part of this name. After a moment every port says that it is not there, and answers calls with 503.
/// Gives nothing when the process was asked to end before.
pub async fn meanwhile<T>(
    listeners: &Listeners,
    settings: &Settings,
    metrics: &Metrics,
    part: &'static str,
    opening: impl Future<Output = T>,
    mut signals: Signals,
) -> Option<(T, Signals)> {
    let mut opening = std::pin::pin!(opening);
    if let Ok(opened) = tokio::time::timeout(SOON, &mut opening).await {
        return Some((opened, signals));
    }
    let readiness =
        Readiness::default().with(part, || std::future::ready(Err("it has not been opened yet".to_owned())));
    let parts = Parts {
        contexts: vec![],
        verify: Arc::new(|_: &str| None),
        metrics: metrics.clone(),
        readiness,
        rates: Arc::new(Rates::off()),
        older_rooms: None,
        bodies: Bodies::default(),
        is_opening: true,
    };
    let seats = Seats::new(settings);
    let accepting = listeners
        .0
        .iter()
        .map(|(port, listener)| tokio::spawn(accept(listener.clone(), router(&parts, settings, *port), seats.clone())));
    let accepting: Vec<_> = accepting.collect();
    let opened = tokio::select! {
        opened = opening => Some(opened),
        () = signals.next() => None,
    };
    accepting.iter().for_each(tokio::task::JoinHandle::abort);
    // Connections that are kept open would be answered by what knows of nothing.
    seats.close(Duration::ZERO).await;
    opened.map(|opened| (opened, signals))
}
