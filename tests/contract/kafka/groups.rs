//! Workers who share the partitions out: whoever comes, goes, dies or sleeps, nothing is lost and nothing is applied twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::{Append as _, Item};
use domain::StreamId;
use infra::adapters::kafka::{Group, KafkaLog};
use infra::telemetry::Metrics;
use projections::ports::{Log as _, LogError};
use projections::projector::Projector;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::super::given::{item, stream};
use super::model::{Deaf, FileModel, Seeing};
use super::wire::{PARTITIONS, Wire};
use super::worker::Worker;

/// What the workers' group is called.
pub(super) const GROUP: &str = "readers";
/// How long partitions may take to move from a worker that says nothing any more: its session, and a heartbeat of the others.
const MOVED: Duration = Duration::from_secs(12);
const SOON: Duration = Duration::from_secs(10);

/// A worker in this process.
struct Working {
    log: Arc<KafkaLog>,
    stop: watch::Sender<bool>,
    ended: JoinHandle<Result<(), LogError>>,
}

impl Working {
    fn begin(town: &Town) -> Self {
        let (wire, model) = (&town.wire, &town.model);
        let group = Group::join(&wire.url, GROUP, None).expect("a group");
        let log = KafkaLog::new(
            &wire.url,
            PARTITIONS,
            wire.store.clone(),
            wire.vault.clone(),
            Some(group),
            Metrics::default(),
        );
        let (log, stop) = (log.expect("a reader"), watch::Sender::new(false));
        let projector = Projector::<Seeing>::new(log.clone(), model.clone(), Arc::new(Deaf));
        let ended = tokio::spawn(projector.run(stop.subscribe()));
        Self { log, stop, ended }
    }

    fn has(&self) -> usize {
        self.log.assigned().borrow().len()
    }

    /// Waits until `count` of the partitions are its own; how long that took.
    async fn gets(&self, count: usize, within: Duration) -> Duration {
        let (mut assigned, began) = (self.log.assigned(), Instant::now());
        let getting =
            timeout(within, assigned.wait_for(|assigned| assigned.len() == count)).await.map(|got| got.is_ok());
        assert_eq!(getting, Ok(true), "it has {} and not {count}", self.has());
        began.elapsed()
    }

    async fn end(self) {
        self.stop.send_replace(true);
        timeout(SOON, self.ended).await.expect("in time").expect("it ends by itself").expect("it was told to");
    }
}

/// Topics, a model, and rooms in which somebody always talks.
struct Town {
    wire: Wire,
    folder: TempDir,
    model: Arc<FileModel>,
    rooms: Vec<StreamId>,
    /// How often something was said in each.
    times: u64,
}

impl Town {
    async fn new() -> Option<Self> {
        let mut wire = Wire::new().await?;
        wire.start();
        let folder = TempDir::new().expect("a folder");
        let model = Arc::new(FileModel::open(&folder.path().join("model.db")).await);
        Some(Self { wire, folder, model, rooms: (0..24).map(|_| stream()).collect(), times: 0 })
    }

    fn said(&self) -> u64 {
        self.times * self.rooms.len() as u64
    }

    /// Says something in every room, so many times.
    async fn talk(&mut self, times: u64) {
        for _ in 0..times {
            let all: Vec<Item> = self.rooms.iter().map(|room| item(*room, self.times, 1)).collect();
            let answers = self.wire.store.append(&all).await.expect("the store is there");
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            self.times += 1;
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Goes on talking while something happens.
    async fn talking<T>(&mut self, meanwhile: impl Future<Output = T>) -> T {
        tokio::pin!(meanwhile);
        loop {
            tokio::select! {
                happened = &mut meanwhile => return happened,
                () = sleep(Duration::from_millis(1)) => {}
            }
            // Not in the select: what was begun to be said is said.
            self.talk(1).await;
        }
    }

    /// That everything that was said is in the model, once.
    async fn everything_is_seen(&self, within: Duration) {
        let began = Instant::now();
        while self.model.count().await < self.said() {
            assert!(began.elapsed() < within, "{} of {} are seen", self.model.count().await, self.said());
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.model.count().await, self.said());
    }

    fn worker(&self) -> Worker {
        let log = format!("kafka://{}?prefix={}&replication=1", self.wire.brokers, self.wire.prefix);
        Worker::begin(&log, &self.wire.database.url(), self.folder.path())
    }
}

/// All partitions.
fn all() -> usize {
    PARTITIONS.all().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_comes_and_one_goes_and_nothing_is_lost() {
    let Some(mut town) = Town::new().await else { return };
    let first = Working::begin(&town);
    first.gets(all(), SOON).await;
    town.talk(10).await;
    let second = Working::begin(&town);
    let shared = town.talking(second.gets(all() / 2, SOON)).await;
    eprintln!("shared out in {shared:?}");
    first.gets(all() / 2, SOON).await;
    let of = |working: &Working| working.log.assigned().borrow().iter().copied().collect::<BTreeSet<_>>();
    assert!(of(&first).is_disjoint(&of(&second)));
    town.talk(10).await;
    let began = Instant::now();
    town.talking(first.end()).await;
    let ended = began.elapsed();
    let moved = town.talking(second.gets(all(), SOON)).await;
    eprintln!("ended in {ended:?}, moved in {moved:?} more");
    town.talk(10).await;
    town.everything_is_seen(SOON).await;
    second.end().await;
    town.wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_partitions_of_one_that_is_killed_move_to_the_other() {
    let Some(mut town) = Town::new().await else { return };
    let mut killed = town.worker();
    let other = Working::begin(&town);
    town.talking(other.gets(all() / 2, SOON)).await;
    town.talk(20).await;
    killed.kill();
    let moved = town.talking(other.gets(all(), MOVED)).await;
    eprintln!("moved in {moved:?} from one that was killed");
    town.talk(10).await;
    town.everything_is_seen(SOON).await;
    other.end().await;
    town.wire.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_wakes_up_finds_its_partitions_taken_and_comes_back() {
    let Some(mut town) = Town::new().await else { return };
    let sleeper = town.worker();
    let other = Working::begin(&town);
    town.talking(other.gets(all() / 2, SOON)).await;
    town.talk(20).await;
    sleeper.pause();
    let moved = town.talking(other.gets(all(), MOVED)).await;
    town.talk(20).await;
    sleeper.go_on();
    let back = town.talking(other.gets(all() / 2, SOON)).await;
    eprintln!("moved in {moved:?} from one that slept, and back in {back:?}");
    town.talk(20).await;
    town.everything_is_seen(SOON).await;
    other.end().await;
    town.wire.end().await;
}
