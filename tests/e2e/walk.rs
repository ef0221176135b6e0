//! What the README has a person do with curl, in one go.

use serde_json::json;
use world::World;

#[tokio::test]
async fn two_people_meet_talk_and_find_everything_again_after_a_kill() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;

    let friendship = ann.befriend(&bob).await;
    assert_eq!(friendship["status"], "accepted");
    let room = ann.direct(&bob).await;
    let group = ann.group("Lunch", &[&bob, &cid]).await;

    let mut live = bob.follow_from_now(&room).await;
    let hello = ann.send(&room, "hello").await;
    let typo = ann.send(&room, "helo again").await;
    let regret = ann.send(&room, "never mind").await;
    ann.edit(&typo, "hello again").await;
    ann.unsend(&regret).await;
    for event in ["new_message", "new_message", "new_message", "message_edited", "message_deleted"] {
        live.expect(event).await;
    }
    assert_eq!(bob.contents(&room).await, ["hello", "hello again", ""]);
    assert_eq!(bob.unread(&room).await, 2);
    cid.send(&group, "pizza?").await;

    world.kill();
    world.restart().await;

    let (bob, cid) = (bob.reconnected(), cid.reconnected());
    assert_eq!(bob.contents(&room).await, ["hello", "hello again", ""]);
    assert_eq!(bob.unread(&room).await, 2);
    assert_eq!(cid.contents(&group).await, ["pizza?"]);
    let reply = json!({ "room_id": room.id, "content": "hi ann", "reply_to": hello["id"] });
    bob.post("/api/messages", reply).await.is(201);
    bob.read_all(&room).await;
    assert_eq!(bob.unread(&room).await, 0);

    for model in ["directory", "timeline"] {
        world.run(["rebuild", model]).await.succeeded();
        assert_eq!(world.run(["verify", model, "--json"]).await.succeeded().json()["equal"], true);
    }
    let audit = world.run(["audit", "room", &room.id, "--json"]).await.succeeded().documents();
    assert!(audit.len() >= 7, "{audit:?}");
    assert_eq!(bob.contents(&room).await, ["hello", "hello again", "", "hi ann"]);
}
