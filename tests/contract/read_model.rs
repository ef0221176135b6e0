//! What every read model answers, whichever technology keeps it and whichever projection it is of: where one is kept, how it is
//! opened, and the rows of a commit. Histories, a log in memory and the cases on rows are shared with the adapters' own tests.

#[path = "../../infra/src/adapters/read_models/given/contract.rs"]
pub(super) mod rows;

#[path = "../../infra/src/adapters/read_models/given/history.rs"]
pub(super) mod history;

#[path = "../../infra/src/adapters/read_models/given/log.rs"]
pub(super) mod log;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{Envelope, Position};
use infra::adapters::partitions::THE_STORE;
use parking_lot::Mutex;
use projections::ports::{Log, Meter, Projection, ReadModel, Scratch, Succession, Verification};
use projections::projector::Projector;
use projections::verify::{Verdict, verify};
use query_side::Positions;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use history::everything;
use log::MemoryLog;

/// How long something is waited for that comes at once on a machine that is not busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a read model is kept; it goes with the test.
#[async_trait(?Send)]
pub(super) trait Home<P: Projection>: Send + Sync {
    /// Opens the read model, as a process of its own does.
    async fn open(&self) -> Arc<dyn Opened<P>>;

    /// Makes the generation that is being built one that another release began.
    async fn change_maker(&self);

    /// Lets the time be over for which retired generations are kept.
    async fn end_retirement(&self);

    /// Whether a generation is kept.
    async fn keeps(&self, generation: u64) -> bool;

    /// Changes a row of a generation behind the model's back; in which table, and of which key.
    async fn tamper(&self, generation: u64) -> (&'static str, Uuid);
}

/// A read model as one process has it.
#[async_trait]
pub(super) trait Opened<P: Projection>: Send + Sync {
    /// Writes the live generation.
    fn live(&self) -> Arc<dyn ReadModel<P::Change>>;

    /// Whether a query that waits for so long sees what it asks for.
    async fn is_fresh(&self, bound: &Positions, wait: Duration) -> bool;

    /// A rebuild, unless another one runs.
    async fn succession(&self) -> Result<Arc<dyn Succession<P::Change>>, String>;

    /// A verification, once no other one runs.
    async fn verification(&self) -> Box<dyn Verification<P::Change>>;
}

/// An empty model, and what keeps it.
pub(super) type Kept<P> = Arc<dyn Home<P>>;

struct Deaf;

impl Meter for Deaf {
    fn lag(&self, _model: &'static str, _events: u64, _seconds: f64) {}

    fn parked(&self, _model: &'static str, _streams: u64) {}
}

/// A projector that keeps the live generation.
pub(super) struct Running {
    stop: watch::Sender<bool>,
    ended: JoinHandle<()>,
}

impl Running {
    pub(super) fn start<P: Projection>(log: &Arc<MemoryLog>, model: &Arc<dyn Opened<P>>) -> Self {
        let projector = Projector::<P>::new(log.clone() as Arc<dyn Log>, model.live(), Arc::new(Deaf));
        let stop = watch::Sender::new(false);
        let run = projector.run(stop.subscribe());
        let ended = tokio::spawn(async move { run.await.expect("the log is sound") });
        Self { stop, ended }
    }

    pub(super) async fn end(self) {
        self.stop.send_replace(true);
        self.ended.await.expect("it ends by itself");
    }
}

/// Waits until a query sees what is folded up to `position`.
pub(super) async fn passed<P: Projection>(model: &Arc<dyn Opened<P>>, position: Position) {
    assert!(model.is_fresh(&Positions::of(THE_STORE, position), PATIENCE).await, "not at {position} in time");
}

/// Whether a query that does not wait sees what is folded up to `position`.
pub(super) async fn sees<P: Projection>(model: &Arc<dyn Opened<P>>, position: Position) -> bool {
    model.is_fresh(&Positions::of(THE_STORE, position), Duration::ZERO).await
}

/// A live model in which all of `log` is applied.
pub(super) async fn applied<P: Projection>(home: &Kept<P>, log: &Arc<MemoryLog>) -> Arc<dyn Opened<P>> {
    let model = home.open().await;
    let running = Running::start(log, &model);
    passed(&model, log.len()).await;
    running.end().await;
    model
}

pub(super) async fn verdict<P: Projection>(log: &Arc<MemoryLog>, model: &Arc<dyn Opened<P>>) -> Verdict {
    let verification = model.verification().await;
    verify::<P>(log.clone(), |_| THE_STORE, &*verification, &mut |_| {}).await.expect("a verdict")
}

type Lived<P> = (Kept<P>, Box<dyn Verification<<P as Projection>::Change>>);

/// Makes empty models, and keeps what they are kept in.
struct Street<'a, P: Projection, F> {
    open: &'a F,
    homes: Mutex<Vec<Lived<P>>>,
}

impl<P: Projection, F: AsyncFn() -> Kept<P>> Street<'_, P, F> {
    async fn make(&self) -> Scratch<P::Change> {
        let home = (self.open)().await;
        let verification = home.open().await.verification().await;
        let scratch = verification.scratch().await.expect("a scratch");
        self.homes.lock().push((home, verification));
        scratch
    }
}

/// What was there before can not be new again, where a commit is a transaction.
fn twice<P: Projection>(changes: &mut Vec<P::Change>, kept: &[Envelope]) {
    changes.extend(rows::commit::<P>(kept).changes);
}

/// Runs every case on rows.
pub(super) async fn suite<P: Projection>(open: impl AsyncFn() -> Kept<P>) {
    let street = Street { open: &open, homes: Mutex::default() };
    let make = async || street.make().await;
    let (many, some) = (everything(900), everything(200));
    Box::pin(rows::batches_do_not_show::<P>(&many, make)).await;
    Box::pin(rows::the_checkpoint_is_compared::<P>(&some, make)).await;
    Box::pin(rows::what_is_refused_leaves_nothing::<P>(&some, twice::<P>, make)).await;
    Box::pin(rows::parked_streams_are_known::<P>(&some, make)).await;
}
