//! Written in one process, read in another.

use serde_json::json;

use super::two;

#[tokio::test]
async fn what_one_wrote_in_one_process_one_reads_at_once_in_the_other() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let here_and_there = [(&one, &two), (&two, &one)];
    for n in 0..40 {
        let (here, there) = here_and_there[n % 2];
        let sent = ann.through(&[here]).send(&room, &n.to_string()).await;
        // Nothing is sent along: the servers know by themselves.
        let page = ann.through(&[there]).get(&format!("{}&limit=1", room.messages())).unbound().await.is(200);
        assert!(page.header("Stale").is_none(), "{}", page.story());
        assert_eq!(page.list("messages")[0]["id"], sent["id"]);
        ann.through(&[here]).patch("/api/profile", json!({ "nickname": format!("ann {n}") })).await.is(200);
        let profile = ann.through(&[there]).get("/api/profile").unbound().await.is(200);
        assert_eq!(profile["nickname"], format!("ann {n}"), "{}", profile.story());
    }
}

#[tokio::test]
async fn what_another_wrote_is_read_with_its_position() {
    let Some([one, two]) = two().await else { return };
    let [ann, bob] = one.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let reader = bob.through(&[&two]);
    for n in 0..40 {
        let sent = ann.send(&room, &n.to_string()).await;
        let page = reader.get(&format!("{}&limit=1", room.messages())).after(&sent).await.is(200);
        assert!(page.header("Stale").is_none(), "{}", page.story());
        assert_eq!(page.list("messages")[0]["id"], sent["id"]);
    }
}
