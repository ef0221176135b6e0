//! A process manager over events and turns in memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::user::UserEvent;
use domain::{Actor, Envelope, EventId, Position, Timestamp, UserId};
use parking_lot::Mutex;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Process, run};
use crate::ports::Unavailable;
use crate::ports::process::{Happenings, Turns};

#[derive(Default)]
struct Inside {
    events: u64,
    /// The event that can not be done.
    fails_at: Option<Position>,
    /// Whose turn it is.
    holder: Option<Uuid>,
    done: Position,
    reactions: Vec<Position>,
    looks_back: Vec<Position>,
}

#[derive(Clone, Default)]
struct World(Arc<Mutex<Inside>>);

#[async_trait]
impl Happenings for World {
    async fn after(&self, position: Position, limit: usize, wait: Duration) -> Result<Vec<Envelope>, Unavailable> {
        let last = self.0.lock().events;
        if last <= position {
            sleep(wait).await;
        }
        Ok((position + 1..=last).take(limit).map(event).collect())
    }
}

#[async_trait]
impl Turns for World {
    async fn take(&self, process: &str, holder: Uuid) -> Result<Option<Position>, Unavailable> {
        assert_eq!(process, "counting");
        let mut inside = self.0.lock();
        let is_own = *inside.holder.get_or_insert(holder) == holder;
        Ok(is_own.then_some(inside.done))
    }

    async fn done(&self, _: &str, holder: Uuid, position: Position) -> Result<bool, Unavailable> {
        let mut inside = self.0.lock();
        let is_own = inside.holder == Some(holder);
        if is_own {
            inside.done = position;
        }
        Ok(is_own)
    }
}

#[async_trait]
impl Process for World {
    const NAME: &'static str = "counting";

    async fn react(&self, event: &Envelope) -> Result<(), Unavailable> {
        let mut inside = self.0.lock();
        inside.reactions.push(event.position);
        if inside.fails_at == Some(event.position) { Err(Unavailable("no".to_owned())) } else { Ok(()) }
    }

    async fn look_back(&self, done: Position) -> Result<(), Unavailable> {
        self.0.lock().looks_back.push(done);
        Ok(())
    }
}

impl World {
    /// Runs for so long.
    async fn runs(&self, time: Duration) {
        let running = run(self.clone(), Arc::new(self.clone()), Arc::new(self.clone()));
        timeout(time, running).await.expect_err("it runs for ever");
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
async fn it_reacts_to_every_event_once_and_notes_how_far_it_is() {
    let world = World::default();
    world.0.lock().events = 250;
    world.runs(Duration::from_secs(1)).await;
    let inside = world.0.lock();
    assert_eq!(inside.reactions, (1..=250).collect::<Vec<_>>());
    assert_eq!((inside.done, &inside.looks_back[..]), (250, &[0][..]));
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_over_goes_on_where_the_last_was() {
    let world = World::default();
    world.0.lock().events = 3;
    world.runs(Duration::from_secs(1)).await;
    (world.0.lock().events, world.0.lock().holder) = (5, None);
    world.runs(Duration::from_secs(1)).await;
    assert_eq!(world.0.lock().reactions, [1, 2, 3, 4, 5]);
    assert_eq!(world.0.lock().looks_back, [0, 3]);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_done_is_tried_again_and_holds_up_nobody_else() {
    let world = World::default();
    (world.0.lock().events, world.0.lock().fails_at) = (3, Some(2));
    world.runs(Duration::from_secs(1)).await;
    assert_eq!((world.0.lock().reactions.clone(), world.0.lock().done), (vec![1, 2, 3], 1));
    world.0.lock().fails_at = None;
    world.0.lock().holder = None;
    world.runs(Duration::from_secs(1)).await;
    assert_eq!((world.0.lock().reactions.clone(), world.0.lock().done), (vec![1, 2, 3, 2, 3], 3));
}

#[tokio::test(start_paused = true)]
async fn it_leaves_alone_what_is_anothers_turn() {
    let world = World::default();
    (world.0.lock().events, world.0.lock().holder) = (3, Some(Uuid::nil()));
    world.runs(Duration::from_secs(60)).await;
    assert!(world.0.lock().reactions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_done_is_looked_at_again_every_ten_minutes() {
    let world = World::default();
    world.0.lock().events = 1;
    world.runs(Duration::from_secs(1_500)).await;
    assert_eq!(world.0.lock().looks_back, [0, 1, 1]);
}
