//! Promise 2: position counts every event 1, 2, 3 … and version does the same in each stream.

use super::ledger;
use super::storm::{Storm, Weather};
use serde_json::Value;
use world::{Person, Room, World};

async fn busy(world: &World) -> (Person, Room) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let (one, two) = (ann.group("one", &[&bob]).await, ann.direct(&bob).await);
    for round in 0..3 {
        let storm = Storm::brew(&round.to_string(), Weather::Changing, &[&ann, &bob], &[&one, &two, &one]);
        storm.acknowledged(80).await;
        world.kill();
        storm.settle().await;
        world.restart().await;
    }
    (ann.reconnected(), one)
}

#[tokio::test]
async fn promise_02_no_gaps_in_positions_and_versions_after_races_and_kills() {
    let world = World::start().await;
    let (ann, room) = busy(&world).await;
    assert!(ledger::has_no_holes(&world).await > 240);

    let audit = world.run(["audit", "room", &room.id, "--json"]).await.succeeded().documents();
    let number = |event: &Value, field: &str| event[field].as_u64().unwrap_or_else(|| panic!("no {field}: {event}"));
    let versions: Vec<_> = audit.iter().map(|event| number(event, "version")).collect();
    assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>());
    // The last ones may never have been acknowledged: nobody is promised to see them at once.
    let all_shown = async || (ann.room(&room).await.u64("version") == versions.len() as u64).then_some(());
    world::eventually("the room is shown as the audit has it", all_shown).await;
    assert!(audit.is_sorted_by(|a, b| number(a, "position") < number(b, "position")));
}

#[tokio::test]
async fn promise_02_no_gaps_is_proved_offline_by_the_hash_chain() {
    let world = World::start().await;
    let (_, room) = busy(&world).await;
    let file = world.data().with_file_name("audit.jsonl");
    let path = file.to_str().expect("a path");
    world.run(["audit", "room", &room.id, "--export", path]).await.succeeded();
    assert_eq!(world.run(["audit", "--check", path]).await.code, 0);

    let export = std::fs::read_to_string(&file).expect("the export");
    let lines: Vec<_> = export.lines().collect();
    assert!(lines.len() > 20, "one event a line");
    let without_one: Vec<_> = lines.iter().enumerate().filter(|(n, _)| *n != 10).map(|(_, line)| *line).collect();
    let changed = export.replacen("MessageSent", "MessageLost", 1);
    let mut swapped = lines.clone();
    swapped.swap(8, 9);
    for tampered in [without_one.join("\n"), changed, swapped.join("\n")] {
        assert_ne!(tampered, export);
        std::fs::write(&file, tampered).expect("the export is ours");
        let outcome = world.run(["audit", "--check", path]).await;
        assert_eq!(outcome.code, 1, "{outcome:?}");
    }
}

#[tokio::test]
async fn promise_02_no_gaps_or_the_reader_stops_and_says_where() {
    let world = World::start().await;
    let (_, _) = busy(&world).await;
    world.kill();
    ledger::harm(&world, "DELETE FROM events WHERE position = 100").await;
    for model in ["timeline", "directory"] {
        let outcome = world.run(["rebuild", model]).await;
        assert_ne!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stderr.contains("100") || outcome.stderr.contains("99"), "{outcome:?}");
    }
}
