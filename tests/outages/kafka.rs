//! Without Kafka commands go on; reads say that they are stale, streams are silent, and all of it catches up.

use world::{OwnServers, World};

use super::Outage;
use super::load::Load;
use super::seen::{What, each};
use super::town::Town;

async fn without_kafka(fall: &str, back: &str) {
    if !world::is_distributed() {
        return world::skipped("the embedded mode has no brokers that could be away: ./test --stack outages");
    }
    let brokers = world::server("TEST_KAFKA").expect("TEST_KAFKA is set");
    let broker = OwnServers::broker().await;
    let town = Town::settle(World::options().instead(&brokers, &broker.address(19_092))).await;
    let load = Load::begin(&town).await;
    load.is_well(&town).await;
    broker.all(fall).await;
    let outage = Outage::lasts(town.misses(&["event_log"])).await;
    broker.all(back).await;
    load.recovers(&town).await;
    // What had been published may still come: of what was sent since, nothing.
    let (heard, sent) = (load.followers.heard_during(outage), load.log.sent_during(outage));
    assert!(!sent.is_empty(), "nothing was sent");
    assert!(heard.iter().flatten().all(|version| !sent.contains(version)), "streams are silent: {heard:?} of {sent:?}");
    let log = load.ends(&town).await;
    log.has_nothing_but(&[]);
    each(&log.once_noticed(What::OwnTimeline, outage), |seen| seen.is_stale);
    each(&log.during(What::Send, outage), |seen| seen.is_well());
    for read in [What::Timeline, What::Directory] {
        each(&log.during(read, outage), |seen| seen.status == 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_refuses_connections() {
    without_kafka("kill", "start").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_says_nothing() {
    without_kafka("stop", "cont").await;
}
