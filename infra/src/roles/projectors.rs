//! The projectors: each follows the log as soon as its read model is there.

use std::sync::Arc;

use projections::directory::Directory;
use projections::ports::{Log, Projection};
use projections::projector::Projector;
use projections::timeline::Timeline;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failure;
use crate::adapters::Adapters;
use crate::adapters::halt::Halt;
use crate::adapters::logs::Reader;
use crate::adapters::models::Open;
use crate::adapters::opening::Eventually;
use crate::telemetry::Metrics;

/// Starts both, until `ending`.
///
/// # Errors
/// The log can not be followed with these settings.
pub(super) fn start(
    projectors: &mut JoinSet<()>,
    adapters: &Adapters,
    metrics: &Metrics,
    ending: &watch::Sender<bool>,
) -> Result<(), Failure> {
    let halt = &adapters.stores.halt;
    let (log, model) = (adapters.logs.reader(Reader::Directory)?, adapters.models.directory.clone());
    projectors.spawn(run::<Directory, _>(log, model, metrics.clone(), ending.subscribe(), halt.clone()));
    let (log, model) = (adapters.logs.reader(Reader::Timeline)?, adapters.models.timeline.clone());
    projectors.spawn(run::<Timeline, _>(log, model, metrics.clone(), ending.subscribe(), halt.clone()));
    Ok(())
}

async fn run<P: Projection, M: ?Sized>(
    log: Arc<dyn Log>,
    model: Eventually<Open<P::Change, M>>,
    metrics: Metrics,
    mut ending: watch::Receiver<bool>,
    halt: Halt,
) where
    Open<P::Change, M>: Send + Sync + 'static,
{
    let open = tokio::select! {
        open = model.wait() => open,
        _ = ending.wait_for(|ending| *ending) => return,
    };
    let projector = Projector::<P>::new(log, open.writer.clone(), Arc::new(metrics));
    if let Err(error) = projector.run(ending).await {
        tracing::error!(model = P::NAME, %error, "a projector has stopped: no more is written");
        halt.now(format!("the projector of the {} has stopped: {error}", P::NAME));
    }
}
