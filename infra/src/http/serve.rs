//! Serving, from the first connection to the last.

use tokio::sync::watch;

use super::listeners::accept;
use super::seats::Seats;
use super::{Listeners, Parts, router};
use crate::config::Settings;

/// Serves until `asked` is over; `ending` then tells the streams to end. Returns when every request has been answered, at the
/// latest after the grace of the settings.
pub async fn serve_until(
    asked: impl Future<Output = ()>,
    listeners: Listeners,
    parts: &Parts,
    settings: &Settings,
    ending: watch::Sender<bool>,
) {
    let seats = Seats::new(settings);
    let sweep = tokio::spawn(seats.clone().sweep());
    let mut accepting = Vec::new();
    for (port, listener) in listeners.0 {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(service = port.service(), %address, "serving");
        }
        accepting.push(tokio::spawn(accept(listener, router(parts, settings, port), seats.clone())));
    }
    asked.await;
    accepting.iter().for_each(tokio::task::JoinHandle::abort);
    ending.send_replace(true);
    seats.close(settings.shutdown_grace).await;
    sweep.abort();
}
