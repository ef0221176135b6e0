//! The projectors: each follows the log as soon as its read model is there.

use std::fmt::Display;
use std::sync::Arc;

use projections::directory::Directory;
use projections::ports::{Partition, Projection};
use projections::projector::Projector;
use projections::timeline::Timeline;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::adapters::Adapters;
use crate::adapters::halt::Halt;
use crate::adapters::logs::{Logs, Prepared, Reader};
use crate::adapters::models::Open;
use crate::adapters::opening::Eventually;
use crate::telemetry::Metrics;

/// How many projectors there are.
const ALL: usize = 2;

/// How many of them have begun: their read model is there, and they know their partitions.
pub(super) type Begun = watch::Receiver<usize>;

/// Whether all have.
pub(super) fn all_begun(begun: &Begun) -> Result<(), String> {
    match *begun.borrow() {
        ALL => Ok(()),
        some => Err(format!("{some} of {ALL} have begun")),
    }
}

/// Starts both, until `ending`.
pub(super) fn start(
    projectors: &mut JoinSet<()>,
    adapters: &Adapters,
    metrics: &Metrics,
    ending: &watch::Sender<bool>,
) -> Begun {
    let begun = Arc::new(watch::Sender::new(0));
    let work = Work {
        logs: adapters.logs.clone(),
        prepared: adapters.prepared.clone(),
        metrics: metrics.clone(),
        ending: ending.subscribe(),
        halt: adapters.stores.halt.clone(),
        begun: begun.clone(),
    };
    projectors.spawn(work.clone().run::<Directory, _>(Reader::Directory, adapters.models.directory.clone()));
    projectors.spawn(work.run::<Timeline, _>(Reader::Timeline, adapters.models.timeline.clone()));
    begun.subscribe()
}

/// What a projector works with, besides its read model.
#[derive(Clone)]
struct Work {
    logs: Logs,
    prepared: Prepared,
    metrics: Metrics,
    ending: watch::Receiver<bool>,
    halt: Halt,
    begun: Arc<watch::Sender<usize>>,
}

impl Work {
    async fn run<P: Projection, M: ?Sized>(mut self, reader: Reader, model: Eventually<Open<P::Change, M>>)
    where
        Open<P::Change, M>: Send + Sync + 'static,
    {
        let there = async {
            self.prepared.wait().await;
            model.wait().await
        };
        let open = tokio::select! {
            open = there => open,
            _ = self.ending.wait_for(|ending| *ending) => return,
        };
        // Only now: until its model is there, other workers do its share.
        let log = match self.logs.reader(reader, &self.metrics) {
            Ok(log) => log,
            // Others may have better settings.
            Err(error) => return self.halt.now(stopped(P::NAME, &error)),
        };
        tokio::spawn(begin(log.assigned(), self.begun));
        let projector = Projector::<P>::new(log, open.writer.clone(), Arc::new(self.metrics));
        if let Err(error) = projector.run(self.ending).await {
            self.halt.everywhere(stopped(P::NAME, &error));
        }
    }
}

/// Why nothing is written any more.
fn stopped(model: &str, reason: &impl Display) -> String {
    tracing::error!(model, %reason, "a projector has stopped: no more is written");
    format!("the projector of the {model} has stopped: {reason}")
}

/// Tells that a projector has begun, once it knows which partitions are its own: none, if there are enough others.
async fn begin(mut assigned: watch::Receiver<Vec<Partition>>, begun: Arc<watch::Sender<usize>>) {
    if !assigned.borrow_and_update().is_empty() || assigned.changed().await.is_ok() {
        begun.send_modify(|begun| *begun += 1);
    }
}
