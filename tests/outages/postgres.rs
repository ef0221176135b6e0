//! Without PostgreSQL commands are refused, and everything else goes on.

use world::{Way, World};

use super::load::Load;
use super::seen::{What, go_on};
use super::town::Town;
use super::{Outage, way_to};

async fn without_postgresql(fall: fn(&Way)) {
    let Some(way) = way_to("TEST_POSTGRES").await else { return };
    let town = Town::settle(World::options().by(&way)).await;
    let load = Load::begin(&town).await;
    load.is_well(&town).await;
    fall(&way);
    let outage = Outage::lasts(async {
        town.misses(&["event_store"]).await;
        town.can_be_listened_to().await;
        // What nothing is heard of is given up late: for so long it lasts at least.
        let is_refused = async || load.log.has_refused(What::Send).then_some(());
        world::eventually("somebody is refused", is_refused).await;
    })
    .await;
    way.restore();
    load.recovers(&town).await;
    let log = load.ends(&town).await;
    log.has_nothing_but(&[What::Send]);
    assert!(log.during(What::Send, outage).iter().all(|seen| seen.status == 503));
    for read in [What::Timeline, What::Directory] {
        go_on(&log.during(read, outage));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_refuses_connections() {
    without_postgresql(Way::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_says_nothing() {
    without_postgresql(Way::stall).await;
}
