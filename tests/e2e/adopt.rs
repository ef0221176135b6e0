//! An event store that was restored from a backup, and brokers that are others: nothing goes on before it is adopted.

use world::{Person, Room, World, eventually, skipped};

/// A chat that is stopped, with five messages.
async fn five_messages() -> (World, Person, Room) {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, (0..5).map(|n| format!("kept {n}"))).await;
    assert_eq!(ann.contents(&room).await.len(), 5);
    assert_eq!(world.stop().await, 0);
    (world, ann, room)
}

/// Writes are refused, and the log says what to do.
async fn halts(world: &World, ann: &Person, room: &Room) {
    let ann = ann.reconnected();
    eventually("writes are refused", async || {
        let reply = ann.sending(room, "onto another past").attempt().await.ok()?;
        (reply.status == 503).then_some(())
    })
    .await;
    world.anyone().get("/health/ready").await.is(503);
    let says = async || world.log().contains("run `bigtech-chat adopt`").then_some(());
    eventually("the log says what to do", says).await;
}

#[tokio::test]
async fn a_restored_event_store_is_gone_on_with_once_it_is_adopted() {
    let (world, ann, room) = five_messages().await;
    world.keep_events().await;
    world.restart().await;
    let before = ann.reconnected();
    before.send_all(&room, (0..10).map(|n| format!("lost {n}"))).await;
    assert_eq!(before.contents(&room).await.len(), 15);
    assert_eq!(world.stop().await, 0);
    world.put_events_back().await;

    world.respawn();
    halts(&world, &ann, &room).await;
    // In the middle of whatever it is at: the lease of its relay may have to run out.
    world.kill();

    let told = world.run(["adopt"]).await;
    assert_eq!(told.code, 1, "{told:?}");
    for said in ["the directory stands at", "the timeline stands at", "it has to be rebuilt", "nothing was changed"] {
        assert!(told.stdout.contains(said), "{said}: {told:?}");
    }
    if world::is_distributed() {
        assert!(told.stdout.contains("message.events ends at position"), "{told:?}");
    }
    let adopted = world.run(["adopt", "--yes"]).await.succeeded();
    for said in ["directory is rebuilt", "timeline is rebuilt", "adopted"] {
        assert!(adopted.stdout.contains(said), "{said}: {adopted:?}");
    }
    let again = world.run(["adopt"]).await.succeeded();
    assert!(again.stdout.contains("nothing to adopt"), "{again:?}");

    world.restart().await;
    goes_on(&world, &ann, &room, 5).await;
}

#[tokio::test]
async fn what_one_process_finds_stops_the_writes_of_all() {
    if !world::is_distributed() {
        return skipped("a data folder is served by one process");
    }
    let carrying = |roles| World::options().setting("CHAT_ROLES", roles);
    let world = carrying("command,query").start().await;
    let feeder = world.beside(carrying("relay,projector")).await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let stop = async || {
        for one in [&feeder, &world] {
            assert_eq!(one.stop().await, 0, "{}", one.log())
        }
    };
    ann.send_all(&room, (0..5).map(|n| format!("kept {n}"))).await;
    assert_eq!(ann.contents(&room).await.len(), 5);
    stop().await;
    world.keep_events().await;
    world.restart().await;
    feeder.restart().await;
    ann.reconnected().send_all(&room, (0..10).map(|n| format!("lost {n}"))).await;
    assert_eq!(ann.reconnected().contents(&room).await.len(), 15);
    stop().await;
    world.put_events_back().await;

    world.restart().await;
    feeder.respawn();
    halts(&world, &ann, &room).await;
    // And whoever comes later.
    world.begin_again();
    halts(&world, &ann, &room).await;
    [&feeder, &world].into_iter().for_each(World::kill);

    let told = world.run(["adopt"]).await;
    assert!(told.code == 1 && told.stdout.contains("nothing is written any more"), "{told:?}");
    world.run(["adopt", "--yes"]).await.succeeded();
    world.restart().await;
    feeder.restart().await;
    goes_on(&world, &ann, &room, 5).await;
}

/// New messages are shown behind `known` ones, and the read models are what the log says.
async fn goes_on(world: &World, ann: &Person, room: &Room, known: usize) {
    let ann = ann.reconnected();
    ann.send_all(room, (0..20).map(|n| format!("new {n}"))).await;
    let contents = ann.contents(room).await;
    let count = |what: &str| contents.iter().filter(|content| content.starts_with(what)).count();
    assert_eq!((count("kept"), count("lost"), count("new")), (known, 0, 20), "{contents:?}");
    // Another stream, in whichever partition it lies.
    let cid = world.person("cid").await;
    let other = cid.direct(&ann).await;
    cid.send(&other, "hello").await;
    assert_eq!(ann.contents(&other).await, ["hello"]);
    for model in ["directory", "timeline"] {
        world.run(["verify", model]).await.succeeded();
    }
}

#[tokio::test]
async fn where_nothing_differs_there_is_nothing_to_adopt() {
    let (world, ann, room) = five_messages().await;
    for arguments in [&["adopt"][..], &["adopt", "--yes"]] {
        let outcome = world::Outcome::from(world.command(arguments).output().expect("it ends")).succeeded();
        assert!(outcome.stdout.contains("nothing to adopt"), "{outcome:?}");
    }
    world.restart().await;
    goes_on(&world, &ann, &room, 5).await;
}

#[tokio::test]
async fn a_folder_that_is_served_is_not_adopted() {
    if world::is_distributed() {
        return skipped("it is about the data folder of the embedded mode");
    }
    let world = World::start().await;
    let refused = world.run(["adopt", "--yes"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("served by another process"), "{refused:?}");
}

#[tokio::test]
async fn a_store_that_is_relayed_is_not_adopted() {
    if !world::is_distributed() {
        return skipped("it is about brokers");
    }
    let (world, ..) = five_messages().await;
    world.restart().await;
    let premises = world.premises().expect("there are servers");
    premises.on_events("UPDATE identity SET value = 'another' WHERE name = 'kafka'").await;
    let refused = world.run(["adopt", "--yes"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("a relay runs"), "{refused:?}");
}

#[tokio::test]
async fn another_cluster_is_fed_once_it_is_adopted() {
    if !world::is_distributed() {
        return skipped("it is about brokers");
    }
    let (world, ann, room) = five_messages().await;
    let premises = world.premises().expect("there are servers");
    premises.on_events("UPDATE identity SET value = 'another' WHERE name = 'kafka'").await;
    world.respawn();
    let says = async || world.log().contains("feeds the Kafka cluster another").then_some(());
    eventually("it is refused", says).await;
    assert!(world.log().contains("run `bigtech-chat adopt`"));
    world.kill();

    let told = world.run(["adopt"]).await;
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.stdout.contains("it has fed the Kafka cluster another"), "{told:?}");
    let adopted = world.run(["adopt", "--yes"]).await.succeeded();
    // What lies in the topics is what the store has: nothing is begun anew.
    assert!(!adopted.stdout.contains("rebuilt") && !adopted.stdout.contains("generation"), "{adopted:?}");
    world.restart().await;
    goes_on(&world, &ann, &room, 5).await;
}

#[tokio::test]
async fn topics_that_are_gone_are_made_and_filled_without_being_adopted() {
    if !world::is_distributed() {
        return skipped("it is about brokers");
    }
    let (world, ann, room) = five_messages().await;
    world.premises().expect("there are servers").delete_topics().await;
    let told = world.run(["adopt"]).await.succeeded();
    assert!(told.stdout.contains("nothing to adopt"), "{told:?}");
    world.run(["topics"]).await.succeeded();
    world.restart().await;
    goes_on(&world, &ann, &room, 5).await;
}
