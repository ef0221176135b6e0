//! What people do, each call by another process than the last.

use serde_json::json;
use world::{PASSWORD, World};

use super::two;

#[tokio::test]
async fn a_balancer_before_two_processes_is_noticed_by_nobody() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob, cid] = one.people(["ann", "bob", "cid"]).await.map(|person| person.through(&[&one, &two]));

    let friendship = ann.befriend(&bob).await;
    assert_eq!(friendship["status"], "accepted");
    let room = ann.direct(&bob).await;
    assert_eq!(bob.direct(&ann).await, room);
    let group = ann.group("Lunch", &[&bob, &cid]).await;

    let mut live = bob.follow_from_now(&room).await;
    ann.send(&room, "hello").await;
    let typo = ann.send(&room, "helo again").await;
    let regret = ann.send(&room, "never mind").await;
    ann.edit(&typo, "hello again").await;
    ann.unsend(&regret).await;
    for event in ["new_message", "new_message", "new_message", "message_edited", "message_deleted"] {
        live.expect(event).await;
    }
    assert_eq!(bob.contents(&room).await, ["hello", "hello again", ""]);
    assert_eq!(bob.unread(&room).await, 2);
    bob.read_all(&room).await;
    assert_eq!(bob.unread(&room).await, 0);
    cid.send(&group, "pizza?").await;
    ann.remove(&group, &cid).await;
    for _ in 0..2 {
        cid.sending(&group, "still here?").await.refused(403);
    }
    for model in ["directory", "timeline"] {
        assert_eq!(two.run(["verify", model, "--json"]).await.succeeded().json()["equal"], true);
    }
}

#[tokio::test]
async fn a_session_is_good_everywhere_until_it_ends_everywhere() {
    let Some([one, two]) = two().await else { return };
    let ann = one.person("ann").await;
    let at = |world: &World| ann.through(&[world]);
    let session = at(&two).elsewhere().await;
    session.through(&[&one]).get("/api/profile").await.is(200);
    let fresh = at(&one).post("/api/auth/refresh", json!({ "refresh_token": session.refresh })).await.is(200);
    at(&two).with_token(fresh.str("access_token")).act("/api/auth/logout").await.is(200);
    world::eventually("the session is over in the other process", async || {
        let reply = at(&one).with_token(fresh.str("access_token")).get("/api/profile").await;
        (reply.status == 401).then_some(())
    })
    .await;
    let login = json!({ "email": ann.email, "password": PASSWORD });
    at(&two).without_token().post("/api/auth/login", login).await.is(200);
}

#[tokio::test]
async fn a_key_is_good_once_whichever_process_it_comes_to() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 0..10 {
        let send =
            |world| ann.through(&[world]).sending(&room, &n.to_string()).with_key(&format!("key-{n}")).into_future();
        use std::future::IntoFuture as _;
        let (first, second) = tokio::join!(send(&one), send(&two));
        assert_eq!((first.status, second.status), (201, 201), "{}\n{}", first.story(), second.story());
        assert_eq!(first["id"], second["id"]);
    }
    assert_eq!(bob.contents(&room).await.len(), 10);
}
