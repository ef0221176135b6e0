//! The relay, where the log is not the store itself.

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failure;
use crate::adapters::Adapters;
use crate::telemetry::Metrics;

/// Starts it as soon as the brokers are prepared, until `ending`.
///
/// # Errors
/// The brokers can not be used with these settings.
pub(super) fn start(
    tasks: &mut JoinSet<()>,
    adapters: &Adapters,
    metrics: &Metrics,
    ending: &watch::Sender<bool>,
) -> Result<(), Failure> {
    let Some(relay) = adapters.logs.relay(metrics)? else { return Ok(()) };
    let (prepared, halt, mut stop) = (adapters.prepared.clone(), adapters.stores.halt.clone(), ending.subscribe());
    tasks.spawn(async move {
        tokio::select! {
            _ = prepared.wait() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = relay.run(stop).await {
            tracing::error!(%error, "the relay has stopped: no more is written");
            halt.now(format!("the relay has stopped: {error}"));
        }
    });
    Ok(())
}
