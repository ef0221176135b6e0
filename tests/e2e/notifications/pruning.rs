//! What was read is not kept for ever.

use world::{World, events, eventually};

#[tokio::test]
async fn what_is_read_is_shown_for_as_long_as_is_set_and_what_is_not_stays() {
    let world = World::options().setting("CHAT_NOTIFICATIONS_KEPT", "1s").start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.group("read", &[&bob]).await;
    ann.group("unread", &[&bob]).await;
    let told = bob.notified(2).await;
    assert_eq!(bob.reads(&told[1]).await["id"], told[1]["id"]);
    eventually("what is read is not shown any more", async || (bob.notifications().await.len() == 1).then_some(()))
        .await;
    assert_eq!(bob.notifications().await, [told[0].clone()]);
    bob.reads(&told[1]).await;
}

#[tokio::test]
async fn what_is_read_and_old_goes_and_what_is_left_is_what_the_events_say() {
    let world = World::options().setting("CHAT_NOTIFICATIONS_KEPT", "1s").start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 0..100 {
        ann.send(&room, &format!("@{} {n}", bob.username)).await;
    }
    bob.has_unread(100).await;
    bob.act("/api/notifications/read-all").await.is(200);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let mut stream = bob.resume("/api/notifications/stream", "0").await;
    stream.expect("connected").await;
    ann.send(&room, &format!("@{} once more", bob.username)).await;
    bob.has_unread(1).await;
    let pruned = async || events(&world).await.iter().filter(|event| event.event_type == "NotificationsPruned").count();
    assert_eq!(pruned().await, 1);
    let position = ann.send(&room, "everything before is applied").await;
    bob.get("/api/notifications").after(&position).await.is(200);
    world.run(["verify", "directory"]).await.succeeded();
    let mut late = bob.resume("/api/notifications/stream", "5").await;
    late.expect("reset").await;
    // The mention, and what was sent last.
    bob.has_unread(2).await;
    assert_eq!(bob.notifications().await.len(), 2);
}
