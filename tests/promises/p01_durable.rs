//! Promise 1: a 2xx to a command is sent after its events are fsynced.

use super::ledger;
use super::storm::{Attempt, Storm, Weather};
use std::collections::HashMap;
use world::{Person, Room, World, eventually};

/// Every acknowledged message is there once, and nothing that nobody sent.
async fn settled(reader: &Person, rooms: &[&Room], attempts: &[Attempt]) {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for room in rooms {
        for message in reader.history(room).await {
            let text = |field: &str| message[field].as_str().expect("text").to_owned();
            found.entry(text("content")).or_default().push(text("id"));
        }
    }
    for attempt in attempts {
        let ids = found.remove(&attempt.content).unwrap_or_default();
        assert!(ids.len() <= 1, "{attempt:?} is there as {ids:?}");
        if let Some(id) = &attempt.acknowledged {
            assert_eq!(ids, [id.as_str()], "{attempt:?} was acknowledged");
        }
    }
    assert!(found.is_empty(), "nobody sent {found:?}");
}

#[tokio::test]
async fn promise_01_acknowledged_means_durable_through_kills_in_the_middle_of_sends() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let (one, two) = (ann.group("one", &[&bob, &cid]).await, ann.group("two", &[&bob, &cid]).await);
    let mut attempts = Vec::new();
    for round in 0..4 {
        let storm =
            Storm::brew(&format!("round {round}"), Weather::Sending, &[&ann, &bob, &cid], &[&one, &two, &one, &two]);
        storm.acknowledged(150).await;
        world.kill();
        attempts.extend(storm.settle().await);
        world.restart().await;
        settled(&ann.reconnected(), &[&one, &two], &attempts).await;
    }
    assert!(attempts.iter().filter(|attempt| attempt.acknowledged.is_some()).count() >= 600);
}

#[tokio::test]
async fn promise_01_acknowledged_means_that_it_stands_in_the_file_already() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for n in 1..=50 {
        ann.send(&room, &n.to_string()).await;
        assert_eq!(ledger::count(&world, "MessageSent").await, n);
    }
}

/// Traces what the server writes and syncs, where `strace` can be had.
fn traced(world: &World) -> Option<(std::process::Child, std::path::PathBuf)> {
    let file = world.data().with_file_name("strace");
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-q", "-y", "-e", "trace=fsync,fdatasync,pwrite64,write,writev,sendto", "-p"]);
    strace.arg(world.pid().to_string()).arg("-o").arg(&file).stderr(std::process::Stdio::null());
    strace.spawn().ok().map(|child| (child, file))
}

/// What a line of the trace says about the thread that appends, or about a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Written,
    Synced,
    Replied,
}

fn step(line: &str, appender: &str) -> Option<Step> {
    let (thread, call) = line.split_once(' ')?;
    let is_appender = thread == appender;
    let synced = call.contains("sync") && call.trim_end().ends_with("= 0");
    match call {
        _ if call.contains("HTTP/1.1 201") => Some(Step::Replied),
        _ if is_appender && call.contains("pwrite64(") && call.contains("events.db-wal") => Some(Step::Written),
        _ if is_appender && synced => Some(Step::Synced),
        _ => None,
    }
}

#[tokio::test]
async fn promise_01_acknowledged_means_fsynced() {
    if world::is_distributed() {
        return world::skipped("the fsync is PostgreSQL's, in a process of its own");
    }
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let Some((mut strace, file)) = traced(&world) else { return world::skipped("strace is not installed") };
    // It is attached once the first send after it shows; where tracing is not allowed it ends by itself.
    let attached = eventually("strace is attached or gives up", async || {
        ann.send(&room, "is it attached?").await;
        let seen = std::fs::metadata(&file).is_ok_and(|file| file.len() > 0);
        let ended = strace.try_wait().expect("a child").is_some();
        (seen || ended).then_some(seen)
    })
    .await;
    if !attached {
        return world::skipped("this process may not trace another");
    }
    let appender = world.thread("appender").to_string();
    let steps = || {
        let trace = std::fs::read_to_string(&file).expect("the trace");
        trace.lines().filter_map(|line| step(line, &appender)).collect::<Vec<_>>()
    };
    let before = steps().len();
    for n in 0..20 {
        ann.send(&room, &n.to_string()).await;
    }
    let steps = eventually("all replies are in the trace", async || {
        let news = steps().split_off(before);
        (news.iter().filter(|step| **step == Step::Replied).count() >= 20).then_some(news)
    })
    .await;
    strace.kill().expect("it is ours");
    strace.wait().expect("it ends");
    for (index, _) in steps.iter().enumerate().filter(|(_, step)| **step == Step::Replied).skip(1) {
        assert_eq!(steps[index - 1], Step::Synced, "before a reply: {:?}", &steps[index.saturating_sub(9)..=index]);
    }
}

#[tokio::test]
async fn promise_01_acknowledged_means_durable_for_accounts_friends_rooms_and_passwords_too() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let group = ann.group("kept", &[&bob]).await;
    let change = serde_json::json!({ "current_password": world::PASSWORD, "new_password": "another-Secret8word?" });
    ann.put("/api/auth/password", change).await.is(204);
    world.kill();
    world.restart().await;
    let (ann, bob) = (ann.reconnected(), bob.reconnected());
    assert_eq!(ann.get("/api/friends").await.is(200).list("friends")[0]["id"], bob.id);
    assert_eq!(bob.room(&group).await["name"], "kept");
    let login = |password: &str| serde_json::json!({ "email": ann.email, "password": password });
    world.anyone().post("/api/auth/login", login("another-Secret8word?")).await.is(200);
    world.anyone().post("/api/auth/login", login(world::PASSWORD)).await.refused(401);
}
