//! Processes that come before their servers.

use serde_json::json;
use world::{PASSWORD, Way, World};

async fn away(world: &World) -> Option<(u16, Vec<String>)> {
    let reply = world.anyone().get("/health/ready").attempt().await.ok()?;
    let checks = reply["checks"].as_object()?.clone();
    Some((reply.status, checks.into_iter().filter(|(_, state)| state == "away").map(|(part, _)| part).collect()))
}

async fn says(world: &World, status: u16, parts: &[&str]) {
    world::eventually("it says what it misses", async || {
        let (code, away) = away(world).await?;
        (code == status && away == parts).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_comes_before_its_servers_says_so_and_waits() {
    if !world::is_distributed() {
        return world::skipped("the embedded mode has no servers: ./test --stack many_processes");
    }
    let mut ways = Vec::new();
    for variable in ["TEST_POSTGRES", "TEST_MYSQL", "TEST_MONGODB", "TEST_REDIS"] {
        ways.push(Way::to_url(&world::server(variable).expect("it is set")).await);
    }
    let brokers = world::server("TEST_KAFKA").expect("it is set");
    let first = brokers.split(',').next().expect("a broker");
    ways.push(Way::to(first).await);
    ways.iter().for_each(Way::cut);
    let options = ways[..4].iter().fold(World::options(), |options, way| options.by(way));
    let world = options.instead(&brokers, &ways[4].address).begin().await;
    says(&world, 503, &["event_store"]).await;
    let login = json!({ "email": "ann@example.test", "password": PASSWORD });
    let refused = world.anyone().post("/api/auth/login", login).await.refused(503);
    assert!(refused.header("Retry-After").is_some(), "{}", refused.story());
    assert!(world.log().contains("waiting for a server"), "{}", world.log());

    ways[0].restore();
    says(&world, 200, &["directory", "event_log", "projectors", "shared", "streams", "timeline"]).await;
    ways[4].restore();
    says(&world, 200, &["directory", "projectors", "shared", "timeline"]).await;
    ways[1].restore();
    says(&world, 200, &["projectors", "shared", "timeline"]).await;
    ways[2].restore();
    says(&world, 200, &["shared"]).await;
    ways[3].restore();
    world.ready().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "at last").await;
    assert_eq!(bob.contents(&room).await, ["at last"]);
}
