//! What a process carries: parts put together by role and context. Nothing below knows which combination runs.

mod edge;
mod processes;
mod projectors;
mod relay;

use std::error::Error;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::adapters::stores::Stores;
use crate::adapters::{Adapters, opening};
use crate::config::{Role, Settings};
use crate::http::{self, Listeners, Signals};
use crate::telemetry::Metrics;

type Failure = Box<dyn Error + Send + Sync>;
type Tasks = JoinSet<Result<(), Failure>>;

/// Serves until SIGTERM or SIGINT, then finishes what was acknowledged.
///
/// # Errors
/// A port can not be had, or a part of the world can not be used: waiting would not help.
pub async fn serve(settings: Settings) -> Result<(), Failure> {
    // First, so that a port in use is named before any store is opened.
    let listeners = Listeners::bind(&settings)?;
    let signals = Signals::catch()?;
    let metrics = Metrics::default();
    let opening = opening::patiently("event_store", async || Stores::open(&settings).await);
    let opened = http::meanwhile(&listeners, &settings, &metrics, "event_store", opening, signals).await;
    let Some((stores, signals)) = opened else { return Ok(()) };
    run(&settings, listeners, stores?, metrics, signals).await
}

async fn run(
    settings: &Settings,
    listeners: Listeners,
    stores: Stores,
    metrics: Metrics,
    signals: Signals,
) -> Result<(), Failure> {
    let mut adapters = Adapters::open(settings, stores).await?;
    let (ending, draining) = (watch::Sender::new(false), watch::Sender::new(false));
    let (mut tasks, mut projectors) = (Tasks::new(), JoinSet::new());
    for task in std::mem::take(&mut adapters.background) {
        tasks.spawn(task);
    }
    let mut readiness = adapters.readiness(settings);
    if settings.carries(Role::Projector) {
        let begun = projectors::start(&mut projectors, &adapters, &metrics, &draining);
        readiness = readiness.wishing("projectors", move || std::future::ready(projectors::all_begun(&begun)));
    }
    if settings.carries(Role::Relay) {
        relay::start(&mut projectors, &adapters, &metrics, &draining)?;
    }
    let parts = edge::parts(settings, &adapters, metrics, readiness, &ending, &mut tasks).await?;
    let broken = tokio::select! {
        () = http::serve_until(signals.first(), listeners, &parts, settings, ending) => None,
        broken = broken(&mut tasks) => Some(broken),
    };
    // What was acknowledged is durable; the read models are caught up so that the next start finds them so.
    drop(parts);
    draining.send_replace(true);
    projectors.join_all().await;
    tasks.shutdown().await;
    adapters.stores.close.await;
    broken.map_or(Ok(()), Err)
}

/// Why the process can not go on; waits for ever as long as it can.
async fn broken(tasks: &mut Tasks) -> Failure {
    loop {
        match tasks.join_next().await {
            Some(Ok(Err(failure))) => return failure,
            Some(Err(panic)) => return panic.into(),
            Some(Ok(Ok(()))) => {}
            None => std::future::pending().await,
        }
    }
}
