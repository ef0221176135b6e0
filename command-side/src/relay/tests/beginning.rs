//! The beginning of a term, where brokers are slow or away.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::given::World;

#[tokio::test(start_paused = true)]
async fn of_two_relays_one_gets_through_a_beginning_that_takes_longer_than_the_lease() {
    let world = World::new(2);
    world.slow_down(Duration::from_secs(12));
    world.append(20);
    let (first, second) = (world.start(), world.start());
    world.arrived(20).await;
    assert_eq!(world.epoch(), 1, "whoever began first is not displaced meanwhile");
    world.is_whole(20);
    first.abort();
    second.abort();
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_displaced_while_it_begins_sends_nothing() {
    let world = World::new(2);
    world.slow_down(Duration::from_secs(12));
    world.append(20);
    let relay = world.start();
    sleep(Duration::from_secs(3)).await;
    world.depose();
    sleep(Duration::from_secs(60)).await;
    assert_eq!((world.last(0), world.last(1)), (None, None));
    relay.abort();
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_waits_for_the_brokers_to_take_the_last_record_again_can_be_stopped() {
    let world = World::new(2);
    world.append(20);
    world.relayed(20).await;
    world.lose(0);
    // From now on nothing is acknowledged.
    world.pause();
    let stop = watch::Sender::new(false);
    let receiver = stop.subscribe();
    let running = tokio::spawn({
        let world = world.clone();
        async move { world.run_until(receiver).await }
    });
    sleep(Duration::from_secs(20)).await;
    assert_eq!(world.epoch(), 2, "it still leads");
    stop.send_replace(true);
    let ended = timeout(Duration::from_secs(1), running).await.expect("it ends at once");
    assert_eq!(ended.expect("no panic"), Ok(()));
}
