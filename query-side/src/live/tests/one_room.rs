use std::time::Duration;

use domain::room::RoomEvent;
use domain::{MessageId, Version};
use uuid::Uuid;

use crate::live::given::{ANN, BOB, CID, Heard, House, events, of, rest, room, until};

fn versions(heard: &[Heard]) -> Vec<Version> {
    heard.iter().filter(|heard| heard.event != "connected" && heard.id.is_some()).map(Heard::version).collect()
}

/// A room of Ann and Bob with `messages` messages, all in the read models.
fn house(messages: u64) -> std::sync::Arc<House> {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    for n in 0..messages {
        house.send(room(1), &n.to_string());
    }
    house.apply();
    house
}

#[tokio::test(start_paused = true)]
async fn a_fresh_stream_goes_on_from_now() {
    let house = house(3);
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    let heard = until(&mut stream, |_| true).await;
    assert_eq!((events(&heard), heard[0].version()), (vec!["connected"], 4));
    house.send(room(1), "new");
    let heard = until(&mut stream, |_| true).await;
    assert_eq!((events(&heard), heard[0].version()), (vec!["new_message"], 5));
    assert_eq!(heard[0].data["content"], "new");
    assert_eq!(heard[0].data["username"], "user1");
}

#[tokio::test(start_paused = true)]
async fn a_stream_resumes_from_any_age() {
    let house = house(250);
    let live = house.live().await;
    for last in [0, 1, 100, 101, 250, 251] {
        let mut stream = live.room(of(BOB), room(1), Some(last)).await.expect("a stream");
        house.send(room(1), "the end");
        let heard = until(&mut stream, |heard| heard.data["content"] == "the end").await;
        assert_eq!(heard[0].version(), last);
        assert_eq!(versions(&heard), (last + 1..=versions(&heard).pop().expect("some")).collect::<Vec<_>>());
        house.append(
            room(1).into(),
            RoomEvent::MessageDeleted { message_id: MessageId(Uuid::from_u128(house.head().into())), deleted_by: ANN },
        );
        house.apply();
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_is_never_replayed() {
    let house = house(0);
    let (_, version) = house.send(room(1), "regretted");
    house.append(
        room(1).into(),
        RoomEvent::MessageDeleted { message_id: MessageId(Uuid::from_u128(1)), deleted_by: ANN },
    );
    house.apply();
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), Some(0)).await.expect("a stream");
    let heard = until(&mut stream, |heard| heard.event == "message_deleted").await;
    let message = heard.iter().find(|heard| heard.event == "new_message").expect("its frame");
    assert_eq!((message.version(), message.data["content"].is_null()), (version, true));
}

#[tokio::test(start_paused = true)]
async fn read_marks_come_after_connected_and_live_without_an_id() {
    let house = house(2);
    house.read(room(1), BOB, 3);
    house.apply();
    let live = house.live().await;
    let mut stream = live.room(of(ANN), room(1), Some(1)).await.expect("a stream");
    let heard = until(&mut stream, |heard| heard.event == "new_message" && heard.version() == 3).await;
    assert_eq!(events(&heard), ["connected", "messages_read", "new_message", "new_message"]);
    assert_eq!((&heard[1].id, &heard[1].data["up_to"]), (&None, &serde_json::json!(3)));
    house.read(room(1), BOB, 3);
    house.send(room(1), "x");
    let heard = until(&mut stream, |heard| heard.event == "new_message").await;
    assert_eq!(events(&heard), ["messages_read", "new_message"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_ahead_of_the_room_is_answered_with_reset() {
    let house = house(2);
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), Some(1_000)).await.expect("a stream");
    let heard = rest(&mut stream).await;
    assert_eq!((events(&heard), heard[0].version()), (vec!["reset"], 3));
    assert_eq!((house.counts.resets(), house.counts.open()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_only_ahead_of_the_read_model_is_waited_for() {
    let house = house(2);
    let live = house.live().await;
    let (position, version) = house.send(room(1), "not applied yet");
    let late = house.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        late.applied.send_replace(position);
    });
    let mut stream = live.room(of(BOB), room(1), Some(version)).await.expect("a stream");
    let heard = until(&mut stream, |_| true).await;
    assert_eq!((events(&heard), heard[0].version()), (vec!["connected"], version));
}

#[tokio::test(start_paused = true)]
async fn a_read_model_that_does_not_get_there_ends_the_stream_so_that_the_client_comes_back() {
    let house = house(2);
    let live = house.live().await;
    house.send(room(1), "never applied");
    // Until the hub has looked at it.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    let text = stream.next().await.expect("a text");
    assert!(text.starts_with(b"retry: ") && !text.windows(6).any(|part| part == b"closed"), "{text:?}");
    assert_eq!(stream.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn outsiders_and_those_who_are_gone_are_let_in_nowhere() {
    let house = house(2);
    house.remove(room(1), BOB);
    house.apply();
    let live = house.live().await;
    let refusal = async |user| match live.room(of(user), room(1), None).await {
        Err(command_side::api::Error::Refused(refusal)) => refusal.code,
        _ => panic!("let in"),
    };
    assert_eq!((refusal(CID).await, refusal(BOB).await), ("ROOM_NOT_FOUND", "NOT_A_MEMBER"));
    assert_eq!(house.counts.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_too_slow_has_to_reload() {
    let house = house(0);
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    until(&mut stream, |heard| heard.event == "connected").await;
    for n in 0..300 {
        house.send(room(1), &n.to_string());
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    let heard = rest(&mut stream).await;
    assert_eq!((events(&heard), heard[0].version()), (vec!["reset"], 1));
    assert_eq!((house.counts.resets(), house.counts.open()), (1, 0));
    house.apply();
    let mut again = live.room(of(BOB), room(1), Some(1)).await.expect("a stream");
    let heard = until(&mut again, |heard| heard.data["content"] == "299").await;
    assert_eq!(versions(&heard), (2..=301).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_room_shows_the_room_and_holds_up_what_comes_behind_it() {
    let house = house(0);
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    until(&mut stream, |heard| heard.event == "connected").await;
    let name = domain::Personal::about(ANN, "Lunch".to_owned());
    let (position, _) = house.append(room(1).into(), RoomEvent::RoomRenamed { name, by: ANN });
    house.send(room(1), "behind it");
    tokio::time::sleep(Duration::from_millis(10)).await;
    house.applied.send_replace(position);
    let heard = until(&mut stream, |heard| heard.event == "new_message").await;
    assert_eq!(events(&heard), ["room_changed", "new_message"]);
    assert_eq!(heard[0].data["participants"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_gives_a_sign_of_life_and_costs_little() {
    let house = house(0);
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room(1), None).await.expect("a stream");
    until(&mut stream, |heard| heard.event == "connected").await;
    for _ in 0..3 {
        let text = tokio::time::timeout(Duration::from_secs(16), stream.next()).await.expect("in time");
        assert_eq!(text.as_deref(), Some(&b":\n\n"[..]));
    }
    assert!(size_of_val(&stream) <= 104, "{}", size_of_val(&stream));
}
