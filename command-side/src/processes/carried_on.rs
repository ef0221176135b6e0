//! How a process manager is carried on, over events and turns in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::user::UserEvent;
use domain::{Actor, Envelope, EventId, Position, Timestamp, UserId};
use parking_lot::Mutex;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Process, ProcessManager};
use crate::ports::Unavailable;
use crate::ports::processes::{Fed, Feed, ProcessMeter, Turn, Turns};

#[derive(Default)]
struct Inside {
    events: u64,
    /// How long one batch takes.
    takes: Duration,
    fails: bool,
    /// Whether the turn is lost in the middle.
    is_lost: bool,
    noted: Position,
    kept: u32,
    seen: Vec<Position>,
    looks_back: Vec<Position>,
}

#[derive(Clone, Default)]
struct World(Arc<Mutex<Inside>>);

#[async_trait]
impl Feed for World {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Fed, Unavailable> {
        let last = self.0.lock().events;
        if last <= position {
            sleep(wait).await;
        }
        let events: Vec<_> = (position + 1..=last).take(limit).map(|position| Arc::new(event(position))).collect();
        Ok(Fed { end: events.last().map_or(position, |event| event.position), events })
    }

    async fn head(&self) -> Result<Position, Unavailable> {
        Ok(self.0.lock().events)
    }
}

#[async_trait]
impl Turns for World {
    async fn take(&self) -> Result<Option<Turn>, Unavailable> {
        let position = self.0.lock().noted;
        Ok(Some(Turn { epoch: 1, position }))
    }

    async fn keep(&self, turn: Turn) -> Result<bool, Unavailable> {
        let mut inside = self.0.lock();
        inside.kept += 1;
        if !inside.is_lost {
            inside.noted = turn.position;
        }
        Ok(!inside.is_lost)
    }

    async fn release(&self, _: u64) {}
}

#[async_trait]
impl ProcessManager for World {
    const NAME: &'static str = "counting";

    fn begin(&self) {}

    async fn see_to(&self, events: &[Arc<Envelope>]) -> Result<(), Unavailable> {
        let (takes, fails) = (self.0.lock().takes, self.0.lock().fails);
        sleep(takes).await;
        self.0.lock().seen.extend(events.iter().map(|event| event.position));
        if fails { Err(Unavailable("no".to_owned())) } else { Ok(()) }
    }

    async fn look_back(&self, seen_to: Position) -> Result<(), Unavailable> {
        self.0.lock().looks_back.push(seen_to);
        Ok(())
    }
}

impl ProcessMeter for World {
    fn process_lag(&self, _: &'static str, _: u64, _: f64) {}
}

impl World {
    fn of(events: u64) -> Self {
        Self(Arc::new(Mutex::new(Inside { events, ..Inside::default() })))
    }

    /// Runs for so long.
    async fn runs(&self, time: Duration) {
        let world = || Arc::new(self.clone());
        let process = Process { manager: self.clone(), feed: world(), turns: world(), meter: world() };
        timeout(time, process.run()).await.expect_err("it runs for ever");
    }
}

fn event(position: Position) -> Envelope {
    Envelope {
        position,
        stream: UserId(Uuid::from_u128(position.into())).into(),
        version: 1,
        event_id: EventId(Uuid::from_u128(position.into())),
        recorded_at: Timestamp(0),
        actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
        payload: UserEvent::AccountDeleted {}.into(),
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_over_goes_on_where_it_was_noted() {
    let world = World::of(300);
    world.runs(Duration::from_secs(3)).await;
    assert_eq!(world.0.lock().seen, (1..=300).collect::<Vec<_>>());
    world.0.lock().events = 302;
    world.runs(Duration::from_secs(3)).await;
    assert_eq!(world.0.lock().seen[300..], [301, 302]);
    assert_eq!(world.0.lock().looks_back, [0, 300]);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_done_is_tried_again_and_not_noted() {
    let world = World::of(2);
    world.0.lock().fails = true;
    world.runs(Duration::from_millis(2_500)).await;
    assert_eq!((world.0.lock().seen.clone(), world.0.lock().noted), (vec![1, 2, 1, 2, 1, 2], 0));
}

#[tokio::test(start_paused = true)]
async fn the_turn_is_kept_for_as_long_as_something_takes() {
    let world = World::of(1);
    world.0.lock().takes = Duration::from_secs(60);
    world.runs(Duration::from_secs(70)).await;
    assert!(world.0.lock().kept >= 59, "kept {} times", world.0.lock().kept);
    assert_eq!((world.0.lock().seen.clone(), world.0.lock().noted), (vec![1], 1));
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_turn_lets_go_of_what_it_is_at() {
    let world = World::of(1);
    (world.0.lock().takes, world.0.lock().is_lost) = (Duration::from_secs(60), true);
    world.runs(Duration::from_secs(50)).await;
    assert!(world.0.lock().seen.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_looked_at_again_every_ten_minutes() {
    let world = World::of(1);
    world.runs(Duration::from_secs(1_500)).await;
    assert_eq!(world.0.lock().looks_back, [0, 1, 1]);
}
