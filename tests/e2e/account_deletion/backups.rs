//! What was destroyed does not come back with a backup, nor with a crash.

use super::{deleting, gone, unreadable};
use world::{PASSWORD, World, eventually};

#[tokio::test]
async fn a_key_that_comes_back_with_a_backup_is_destroyed_again() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "a word of ann's").await;
    assert_eq!(world.stop().await, 0);
    world.keep_keys().await;
    world.restart().await;
    gone(&world, &ann.reconnected()).await;
    assert_eq!(world.stop().await, 0);
    world.put_keys_back().await;
    let audit = world.run(["audit", "user", &ann.id]).await.succeeded();
    assert!(audit.stdout.contains(&ann.email), "it is the key of before");

    world.respawn();
    world.ready().await;
    let again = async || world.log().contains("had come back, and is destroyed again").then_some(());
    eventually("the key is destroyed again", again).await;
    unreadable(&world, &ann).await;
    let audit = world.run(["audit", "user", &bob.id]).await.succeeded();
    assert!(audit.stdout.contains(&bob.email), "others keep theirs");
}

#[tokio::test]
async fn a_deletion_that_a_crash_cut_short_is_carried_out_by_the_next_process() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "a word of ann's").await;
    let deleting = tokio::spawn({
        let ann = ann.clone();
        async move { deleting(&ann, PASSWORD).attempt().await.is_ok_and(|reply| reply.status == 204) }
    });
    let is_acknowledged = deleting.await.expect("it does not panic");
    world.kill();
    assert!(is_acknowledged);
    world.restart().await;
    unreadable(&world, &ann).await;
    let bob = bob.reconnected();
    eventually("the message is erased", async || {
        let messages = bob.timeline(&room).await;
        messages.list("messages")[0]["content"].is_null().then_some(())
    })
    .await;
    assert_eq!(bob.sending(&room, "?").await.refused(403).code(), "USER_DELETED");
}
