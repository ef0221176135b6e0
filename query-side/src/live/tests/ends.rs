use std::sync::Arc;
use std::time::Duration;

use domain::RoomId;
use domain::room::RoomEvent;

use crate::live::given::{ANN, BOB, Heard, House, events, of, rest, room, until};
use crate::live::{Live, Subscription};

/// A room of Ann and Bob, and Bob's stream of it.
async fn following(room: RoomId) -> (Arc<House>, Arc<Live>, Subscription) {
    let house = House::new();
    house.open(room, &[ANN, BOB]);
    house.apply();
    let live = house.live().await;
    let mut stream = live.room(of(BOB), room, None).await.expect("a stream");
    until(&mut stream, |heard| heard.event == "connected").await;
    (house, live, stream)
}

fn reason(heard: &[Heard]) -> &str {
    let last = heard.last().expect("a last word");
    assert_eq!((last.event.as_str(), &last.id), ("closed", &None));
    last.data["reason"].as_str().expect("a reason")
}

#[tokio::test(start_paused = true)]
async fn one_who_is_removed_hears_of_it_and_then_nothing() {
    let (house, _live, mut stream) = following(room(1)).await;
    house.send(room(1), "before");
    house.remove(room(1), BOB);
    house.send(room(1), "after");
    let heard = rest(&mut stream).await;
    assert_eq!(events(&heard), ["new_message", "member_left", "closed"]);
    assert_eq!(reason(&heard), "removed");
    assert_eq!(house.counts.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn others_hear_of_a_removal_and_go_on() {
    let (house, live, _stream) = following(room(1)).await;
    let mut other = live.room(of(ANN), room(1), None).await.expect("a stream");
    house.remove(room(1), BOB);
    house.send(room(1), "after");
    let heard = until(&mut other, |heard| heard.event == "new_message").await;
    assert_eq!(events(&heard), ["connected", "member_left", "new_message"]);
}

#[tokio::test(start_paused = true)]
async fn a_closed_room_closes_its_streams() {
    let (house, _live, mut stream) = following(room(1)).await;
    house.append(room(1).into(), RoomEvent::RoomClosed {});
    house.apply();
    assert_eq!(reason(&rest(&mut stream).await), "room_closed");
}

#[tokio::test(start_paused = true)]
async fn a_block_closes_the_blocked_ones_stream_of_the_direct_room() {
    let direct = RoomId::direct(ANN, BOB);
    let (house, live, mut blocked) = following(direct).await;
    let mut blocker = live.room(of(ANN), direct, None).await.expect("a stream");
    house.block(ANN, BOB);
    assert_eq!(reason(&rest(&mut blocked).await), "blocked");
    house.apply();
    let refused = live.room(of(BOB), direct, None).await;
    assert!(matches!(refused, Err(command_side::api::Error::Refused(refusal)) if refusal.code == "BLOCKED"));
    house.send(direct, "for ann");
    assert_eq!(events(&until(&mut blocker, |heard| heard.event == "new_message").await), ["connected", "new_message"]);
    house.unblock(ANN, BOB);
    house.apply();
    assert!(live.room(of(BOB), direct, None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_over_closes_no_stream() {
    let direct = RoomId::direct(ANN, BOB);
    let (house, live, _) = following(direct).await;
    let mut all = live.rooms(of(BOB), None).expect("a stream");
    until(&mut all, |heard| heard.event == "connected").await;
    // The directory has passed both before the streams' reader comes to them.
    house.block(ANN, BOB);
    house.unblock(ANN, BOB);
    house.apply();
    let mut stream = live.room(of(BOB), direct, None).await.expect("it is over");
    tokio::time::sleep(Duration::from_millis(10)).await;
    house.send(direct, "again");
    let heard = until(&mut stream, |heard| ["new_message", "closed"].contains(&heard.event.as_str())).await;
    assert_eq!(events(&heard), ["connected", "new_message"]);
    assert_eq!(events(&until(&mut all, |heard| heard.event == "new_message").await), ["new_message"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_closes_its_streams_within_a_second() {
    let (house, live, mut stream) = following(room(1)).await;
    let mut all = live.rooms(of(BOB), None).expect("a stream");
    until(&mut all, |heard| heard.event == "connected").await;
    let mut other = live.room(of(ANN), room(1), None).await.expect("a stream");
    house.end(of(BOB).session);
    let ends = async { (rest(&mut stream).await, rest(&mut all).await) };
    let (one, all) = tokio::time::timeout(Duration::from_secs(1), ends).await.expect("in time");
    assert_eq!((reason(&one), reason(&all)), ("logged_out", "logged_out"));
    assert!(matches!(live.room(of(BOB), room(1), None).await, Err(command_side::api::Error::Unauthenticated)));
    assert!(matches!(live.rooms(of(BOB), None), Err(command_side::api::Error::Unauthenticated)));
    house.send(room(1), "still there?");
    until(&mut other, |heard| heard.event == "new_message").await;
}

#[tokio::test(start_paused = true)]
async fn where_it_is_not_known_whose_sessions_are_over_all_streams_end_and_whose_is_not_comes_back() {
    let (house, live, mut stream) = following(room(1)).await;
    let mut all = live.rooms(of(ANN), None).expect("a stream");
    until(&mut all, |heard| heard.event == "connected").await;
    // Those who watch have to have begun.
    tokio::time::sleep(Duration::from_millis(10)).await;
    house.losses.send_modify(|losses| *losses += 1);
    let ends = async { [rest(&mut stream).await, rest(&mut all).await] };
    let ends = tokio::time::timeout(Duration::from_secs(1), ends).await.expect("in time");
    assert!(ends.iter().flatten().all(|heard| heard.event != "closed"), "without a last word: {ends:?}");
    assert_eq!(house.counts.open(), 0);
    let mut again = live.room(of(BOB), room(1), None).await.expect("a stream");
    house.send(room(1), "welcome back");
    until(&mut again, |heard| heard.event == "new_message").await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_streams_without_a_last_word() {
    let (house, live, mut stream) = following(room(1)).await;
    house.shutdown.send_replace(true);
    assert_eq!(stream.next().await, None);
    // One that comes now is sent away, to come back.
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(matches!(live.room(of(BOB), room(1), None).await, Err(command_side::api::Error::Away(_))));
    assert_eq!(house.counts.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_leaves_nothing_behind() {
    let (house, live, stream) = following(room(1)).await;
    let all = live.rooms(of(BOB), None).expect("a stream");
    house.send(room(1), "x");
    tokio::time::sleep(Duration::from_millis(10)).await;
    drop((stream, all));
    assert_eq!(house.counts.open(), 0);
    assert!(live.hub.is_deserted());
}
