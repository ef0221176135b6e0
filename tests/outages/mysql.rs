//! Without MySQL the directory is not read; messages are sent, read and heard.

use world::{Way, World};

use super::load::Load;
use super::seen::{What, each};
use super::town::Town;
use super::{Outage, way_to};

async fn without_mysql(fall: fn(&Way)) {
    let Some(way) = way_to("TEST_MYSQL").await else { return };
    let town = Town::settle(World::options().by(&way)).await;
    let load = Load::begin(&town).await;
    load.is_well(&town).await;
    fall(&way);
    let outage = Outage::lasts(async {
        town.misses(&["directory"]).await;
        // Whether somebody was blocked can not be told: nobody new is let in.
        let page = town.reader.get(&town.room.messages()).unbound().await.is(200);
        assert!(page.list("messages").iter().all(|message| message["username"].is_string()), "{}", page.story());
        let stream = town.listener.reconnected().get(&town.room.stream()).await.refused(503);
        assert!(stream.header("Retry-After").is_some(), "{}", stream.story());
    })
    .await;
    way.restore();
    load.recovers(&town).await;
    assert!(load.followers.heard_during(outage).iter().all(|heard| !heard.is_empty()), "streams go on");
    let log = load.ends(&town).await;
    log.has_nothing_but(&[What::Directory]);
    each(&log.during(What::Directory, outage), |seen| seen.status == 503);
    each(&log.during(What::Send, outage), |seen| seen.is_well());
    // What was said is there; the names of those who said it may be old, which is told.
    for read in [What::Timeline, What::OwnTimeline] {
        each(&log.during(read, outage), |seen| seen.status == 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mysql_that_refuses_connections() {
    without_mysql(Way::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mysql_that_says_nothing() {
    without_mysql(Way::stall).await;
}
