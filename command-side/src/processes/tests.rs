//! Carrying a process manager on: where it begins, what it notes, and when it ends.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::{Actor, EventId, RoomId, Timestamp};
use parking_lot::Mutex;
use uuid::Uuid;

use super::*;
use crate::ports::processes::Fed;

/// Three hundred events, a turn, and what was seen to.
#[derive(Default)]
struct World {
    seen: Mutex<Vec<Position>>,
    batches: AtomicUsize,
    /// When the one event after another began to come, each 5 ms after the last; all are there, if there is none.
    trickles_since: Option<Instant>,
    noted: Mutex<Position>,
    turns: AtomicUsize,
    begun: AtomicUsize,
    is_others: AtomicBool,
    /// How long each batch takes.
    takes: Duration,
    /// The only one to the store: a batch takes it again and again, and whoever keeps the turn needs it too.
    connection: tokio::sync::Mutex<()>,
    kept: AtomicUsize,
    looked_back: Mutex<Vec<Position>>,
    /// Fails once, at this position.
    fails_at: Mutex<Option<Position>>,
}

const LAST: Position = 300;

fn event(position: Position) -> Arc<Envelope> {
    Arc::new(Envelope {
        position,
        stream: RoomId(Uuid::nil()).into(),
        version: position,
        event_id: EventId(Uuid::from_u128(position.into())),
        recorded_at: Timestamp(0),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: domain::room::RoomEvent::RoomClosed {}.into(),
    })
}

#[async_trait]
impl Feed for World {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Fed, Unavailable> {
        let come = |since: Instant| (since.elapsed().as_millis() / 5) as Position;
        let last = LAST.min(self.trickles_since.map_or(LAST, come));
        let events: Vec<_> = (position + 1..=last).take(limit).map(event).collect();
        if events.is_empty() {
            sleep(if last < LAST { Duration::from_millis(1) } else { wait }).await;
        }
        Ok(Fed { end: position + events.len() as Position, events })
    }

    async fn head(&self) -> Result<Position, Unavailable> {
        Ok(LAST)
    }
}

#[async_trait]
impl Turns for World {
    async fn take(&self) -> Result<Option<Turn>, Unavailable> {
        if self.is_others.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let epoch = self.turns.fetch_add(1, Ordering::SeqCst) as u64 + 1;
        Ok(Some(Turn { epoch, position: *self.noted.lock() }))
    }

    async fn keep(&self, turn: Turn) -> Result<bool, Unavailable> {
        let _connection = self.connection.lock().await;
        self.kept.fetch_add(1, Ordering::SeqCst);
        let is_mine = !self.is_others.load(Ordering::SeqCst);
        if is_mine {
            *self.noted.lock() = turn.position;
        }
        Ok(is_mine)
    }

    async fn release(&self, _epoch: u64) {}
}

impl ProcessMeter for World {
    fn process_lag(&self, process: &'static str, events: u64, _seconds: f64) {
        assert!(process == "of the test" && events <= LAST);
    }
}

struct Counting(Arc<World>);

#[async_trait]
impl ProcessManager for Counting {
    const NAME: &'static str = "of the test";

    fn begin(&self) {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
    }

    async fn see_to(&self, events: &[Arc<Envelope>]) -> Result<(), Unavailable> {
        let failing = self.0.fails_at.lock().take_if(|at| events.iter().any(|event| event.position == *at));
        if failing.is_some() {
            return Err(Unavailable("just now".to_owned()));
        }
        let end = Instant::now() + self.0.takes;
        while Instant::now() < end {
            let _connection = self.0.connection.lock().await;
            sleep(Duration::from_millis(70)).await;
        }
        self.0.batches.fetch_add(1, Ordering::SeqCst);
        self.0.seen.lock().extend(events.iter().map(|event| event.position));
        Ok(())
    }

    async fn look_back(&self, seen_to: Position) -> Result<(), Unavailable> {
        self.0.looked_back.lock().push(seen_to);
        Ok(())
    }
}

/// What became of it after so long.
async fn after(world: &Arc<World>, time: Duration) {
    let process =
        Process { manager: Counting(world.clone()), feed: world.clone(), turns: world.clone(), meter: world.clone() };
    tokio::time::timeout(time, process.run()).await.expect_err("it goes on for ever");
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_where_it_was_noted_and_notes_what_it_saw_to() {
    let world = Arc::new(World { noted: Mutex::new(40), ..World::default() });
    after(&world, Duration::from_secs(5)).await;
    assert!(world.seen.lock().iter().copied().eq(41..=LAST));
    assert_eq!((*world.noted.lock(), world.begun.load(Ordering::SeqCst)), (LAST, 1));
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_a_crowd_is_seen_to_together_and_what_a_few_do_at_once() {
    let world = Arc::new(World { trickles_since: Some(Instant::now()), ..World::default() });
    after(&world, Duration::from_millis(408)).await;
    assert!(world.seen.lock().iter().copied().eq(1..=81), "{:?}", world.seen.lock().last());
    assert_eq!(world.batches.load(Ordering::SeqCst), 81);
    after(&world, Duration::from_secs(5)).await;
    assert_eq!(world.seen.lock().last(), Some(&LAST));
    let batches = world.batches.load(Ordering::SeqCst) - 81;
    assert!((100..150).contains(&batches), "{batches} batches of 219 events");
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_seen_to_again_and_nothing_is_left_out() {
    let world = Arc::new(World { fails_at: Mutex::new(Some(290)), ..World::default() });
    after(&world, Duration::from_secs(5)).await;
    let mut seen = world.seen.lock().clone();
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.into_iter().eq(1..=LAST));
    assert_eq!(world.begun.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn whose_turn_it_is_not_does_nothing() {
    let world = Arc::new(World { is_others: AtomicBool::new(true), ..World::default() });
    after(&world, Duration::from_secs(5)).await;
    assert!(world.seen.lock().is_empty());
    world.is_others.store(false, Ordering::SeqCst);
    after(&world, Duration::from_secs(5)).await;
    assert_eq!(world.seen.lock().len() as Position, LAST);
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_turn_begins_again_only_with_another() {
    let world = Arc::new(World::default());
    let taking = async {
        sleep(Duration::from_secs(2)).await;
        world.is_others.store(true, Ordering::SeqCst);
        sleep(Duration::from_secs(5)).await;
        world.is_others.store(false, Ordering::SeqCst);
    };
    tokio::join!(after(&world, Duration::from_secs(10)), taking);
    assert_eq!((world.turns.load(Ordering::SeqCst), *world.noted.lock()), (2, LAST));
}

#[tokio::test(start_paused = true)]
async fn the_turn_is_kept_for_as_long_as_something_takes() {
    let world = Arc::new(World { noted: Mutex::new(LAST - 1), takes: Duration::from_secs(60), ..World::default() });
    after(&world, Duration::from_secs(59)).await;
    assert!(world.kept.load(Ordering::SeqCst) >= 50, "kept {:?} times", world.kept);
    assert_eq!(
        (world.seen.lock().clone(), *world.noted.lock()),
        (vec![], LAST - 1),
        "it is not noted before it is done"
    );
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_turn_lets_go_of_what_it_is_at() {
    let world = Arc::new(World { takes: Duration::from_secs(60), ..World::default() });
    let losing = async {
        sleep(Duration::from_secs(2)).await;
        world.is_others.store(true, Ordering::SeqCst);
    };
    tokio::join!(after(&world, Duration::from_secs(100)), losing);
    assert!(world.seen.lock().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_looked_at_again_when_a_turn_begins_and_every_ten_minutes() {
    let world = Arc::new(World { noted: Mutex::new(40), ..World::default() });
    after(&world, Duration::from_secs(1_500)).await;
    assert_eq!(*world.looked_back.lock(), [40, LAST, LAST]);
}
