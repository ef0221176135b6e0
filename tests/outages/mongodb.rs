//! Without MongoDB messages are not read; they are sent and heard, and the directory is read.

use world::{Way, World};

use super::load::Load;
use super::seen::{What, each, go_on};
use super::town::Town;
use super::{Outage, way_to};

async fn without_mongodb(fall: fn(&Way)) {
    let Some(way) = way_to("TEST_MONGODB").await else { return };
    let town = Town::settle(World::options().by(&way)).await;
    let load = Load::begin(&town).await;
    load.is_well(&town).await;
    fall(&way);
    let outage = Outage::lasts(town.misses(&["timeline"])).await;
    way.restore();
    load.recovers(&town).await;
    assert!(load.followers.heard_during(outage).iter().all(|heard| !heard.is_empty()), "streams go on");
    let log = load.ends(&town).await;
    log.has_nothing_but(&[What::Timeline, What::OwnTimeline]);
    for read in [What::Timeline, What::OwnTimeline] {
        each(&log.during(read, outage), |seen| seen.status == 503);
    }
    for other in [What::Send, What::Directory] {
        go_on(&log.during(other, outage));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mongodb_that_refuses_connections() {
    without_mongodb(Way::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mongodb_that_says_nothing() {
    without_mongodb(Way::stall).await;
}
