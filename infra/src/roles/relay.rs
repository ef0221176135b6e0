//! What feeds the brokers, where the log is not the store itself: the relay, and who tells who is online.

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failure;
use crate::adapters::Adapters;
use crate::telemetry::Metrics;

/// Starts both as soon as the brokers are prepared, until `ending`.
///
/// # Errors
/// The brokers can not be used with these settings.
pub(super) fn start(
    tasks: &mut JoinSet<()>,
    adapters: &Adapters,
    metrics: &Metrics,
    ending: &watch::Sender<bool>,
) -> Result<(), Failure> {
    courier(tasks, adapters, ending)?;
    let Some(relay) = adapters.logs.relay(metrics)? else { return Ok(()) };
    let (prepared, halt, mut stop) = (adapters.prepared.clone(), adapters.stores.halt.clone(), ending.subscribe());
    tasks.spawn(async move {
        tokio::select! {
            _ = prepared.wait() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = relay.run(stop).await {
            tracing::error!(%error, "the relay has stopped: no more is written");
            halt.everywhere(format!("the relay has stopped: {error}"));
        }
    });
    Ok(())
}

fn courier(tasks: &mut JoinSet<()>, adapters: &Adapters, ending: &watch::Sender<bool>) -> Result<(), Failure> {
    let Some(presence) = adapters.shared_presence.clone() else { return Ok(()) };
    let Some(courier) = adapters.logs.courier(presence)? else { return Ok(()) };
    let (prepared, mut stop) = (adapters.prepared.clone(), ending.subscribe());
    tasks.spawn(async move {
        tokio::select! {
            _ = prepared.wait() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        courier.run(stop).await;
    });
    Ok(())
}
