//! How far behind a relay says to be.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::sleep;

use super::given::{Told, World};

/// Longer than it takes to tell.
const A_MOMENT: Duration = Duration::from_secs(3);
/// Events of the world in memory are older, in seconds.
const OLD: f64 = 900.0;

async fn lag(told: &Arc<Mutex<Told>>) -> (u64, bool) {
    sleep(A_MOMENT).await;
    let (events, seconds) = told.lock().lag;
    (events, seconds > OLD)
}

#[tokio::test(start_paused = true)]
async fn it_is_told_while_nothing_is_acknowledged() {
    let world = World::new(2);
    let (relay, told) = world.start_telling();
    world.append(20);
    world.arrived(20).await;
    assert_eq!(lag(&told).await, (0, false));
    world.pause();
    world.append(30);
    assert_eq!(lag(&told).await, (30, true));
    // Nothing more is read as long as those wait.
    world.append(5);
    assert_eq!(lag(&told).await, (35, true));
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn it_is_told_while_a_term_begins() {
    let world = World::new(2);
    world.slow_down(Duration::from_secs(60));
    world.append(7);
    let (relay, told) = world.start_telling();
    assert_eq!(lag(&told).await, (7, true));
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_lead_any_more_says_nothing_of_it() {
    let world = World::new(2);
    let (relay, told) = world.start_telling();
    world.pause();
    world.append(30);
    assert_eq!(lag(&told).await, (30, true));
    world.depose();
    assert_eq!(lag(&told).await, (0, false));
    assert_eq!(*told.lock(), Told::default());
    relay.abort();
}
