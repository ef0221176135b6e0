//! Without Redis nothing fails: what was written is waited for by where the log ends, and guesses are counted in the process.

use serde_json::json;
use world::{Way, World};

use super::load::Load;
use super::seen::{What, go_on};
use super::town::Town;
use super::{Outage, way_to};

async fn without_redis(fall: fn(&Way)) {
    let Some(way) = way_to("TEST_REDIS").await else { return };
    let town = Town::settle(World::options().limited().by(&way)).await;
    let load = Load::begin(&town).await;
    load.is_well(&town).await;
    fall(&way);
    let outage = Outage::lasts(async {
        town.misses(&["shared"]).await;
        guesses_are_still_slowed_down(&town).await;
    })
    .await;
    way.restore();
    load.recovers(&town).await;
    assert!(load.followers.heard_during(outage).iter().all(|heard| !heard.is_empty()), "streams go on");
    let log = load.ends(&town).await;
    log.has_nothing_but(&[]);
    for what in What::ALL {
        go_on(&log.during(what, outage));
    }
}

async fn guesses_are_still_slowed_down(town: &Town) {
    let guess = json!({ "email": town.listener.email, "password": "a-Wrong1-guess" });
    for _ in 0..5 {
        town.world.anyone().post("/api/auth/login", guess.clone()).await.refused(401);
    }
    let slowed = town.world.anyone().post("/api/auth/login", guess).await.refused(429);
    assert!(slowed.header("Retry-After").is_some(), "{}", slowed.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_refuses_connections() {
    without_redis(Way::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_says_nothing() {
    without_redis(Way::stall).await;
}
