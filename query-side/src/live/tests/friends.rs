use std::sync::Arc;
use std::time::Duration;

use domain::UserId;

use crate::live::given::presence::SEEN;
use crate::live::given::{ANN, BOB, CID, Heard, House, events, of, rest, until};
use crate::live::{Live, Subscription};

/// Ann and Bob are friends, and Ann follows who is there.
async fn following() -> (Arc<House>, Arc<Live>, Subscription) {
    let house = House::new();
    house.befriend(ANN, BOB);
    house.apply();
    let live = house.live().await;
    let stream = connected(&live).await;
    (house, live, stream)
}

async fn connected(live: &Live) -> Subscription {
    let mut stream = live.friends(of(ANN)).expect("a stream");
    let heard = until(&mut stream, |heard| heard.event == "connected").await;
    assert_eq!(events(&heard), ["connected"]);
    stream
}

/// What the next status says.
async fn status(stream: &mut Subscription) -> (UserId, bool) {
    let heard = until(stream, |heard| heard.event == "status").await;
    let Some(Heard { data, id: None, .. }) = heard.last() else { panic!("{heard:?}") };
    let user = data["user_id"].as_str().expect("a user").parse().expect("an id");
    (user, data["is_online"].as_bool().expect("yes or no"))
}

/// Nothing is told for ten seconds.
async fn silent(stream: &mut Subscription) {
    let told = tokio::time::timeout(Duration::from_secs(10), status(stream)).await;
    assert!(told.is_err(), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn friends_who_come_and_go_are_told_and_strangers_are_not() {
    let (house, _live, mut stream) = following().await;
    house.attended.set(CID, true);
    house.attended.set(BOB, true);
    assert_eq!(status(&mut stream).await, (BOB, true));
    house.attended.set(BOB, true);
    silent(&mut stream).await;
    house.attended.set(BOB, false);
    assert_eq!(status(&mut stream).await, (BOB, false));
}

#[tokio::test(start_paused = true)]
async fn those_who_are_there_already_are_told_at_first() {
    let (house, live, _stream) = following().await;
    house.befriend(ANN, CID);
    house.apply();
    house.attended.set(BOB, true);
    house.attended.set(CID, false);
    let mut later = live.friends(of(ANN)).expect("a stream");
    assert_eq!(status(&mut later).await, (BOB, true));
    silent(&mut later).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_friend_appears_and_one_who_is_none_any_more_goes_offline() {
    let (house, _live, mut stream) = following().await;
    house.attended.set(CID, true);
    silent(&mut stream).await;
    house.befriend(CID, ANN);
    house.apply();
    assert_eq!(status(&mut stream).await, (CID, true));
    house.unfriend(ANN, CID);
    house.apply();
    assert_eq!(status(&mut stream).await, (CID, false));
    house.attended.set(CID, false);
    house.attended.set(CID, true);
    silent(&mut stream).await;
}

#[tokio::test(start_paused = true)]
async fn one_who_blocks_goes_offline() {
    let (house, _live, mut stream) = following().await;
    house.attended.set(BOB, true);
    assert_eq!(status(&mut stream).await, (BOB, true));
    house.block(BOB, ANN);
    house.apply();
    let heard = until(&mut stream, |heard| heard.event == "status").await;
    let told = &heard.last().expect("a status").data;
    assert_eq!(told["user_id"].as_str(), Some(BOB.to_string().as_str()));
    let went = serde_json::to_value(SEEN).expect("JSON");
    assert_eq!((&told["is_online"], &told["last_seen_at"]), (&false.into(), &went), "as of anybody who goes");
}

#[tokio::test(start_paused = true)]
async fn whoever_has_a_stream_open_gives_signs_of_life_as_long_as_it_is() {
    let (house, _live, stream) = following().await;
    // Those of its opening are others.
    tokio::time::sleep(Duration::from_secs(1)).await;
    house.attended.beats();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let beats = house.attended.beats();
        assert!((1..=2).contains(&beats.len()) && beats[0] == of(ANN), "{beats:?}");
    }
    drop(stream);
    house.attended.beats();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(house.attended.beats(), []);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_opened_is_a_sign_at_once() {
    let (house, live, _stream) = following().await;
    house.attended.beats();
    let _other = live.friends(of(BOB)).expect("a stream");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(house.attended.beats().contains(&of(BOB)));
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_session_ended_leaves_and_gives_no_more_signs() {
    let (house, _live, mut stream) = following().await;
    house.end(of(ANN).session);
    let heard = rest(&mut stream).await;
    assert_eq!(heard.last().expect("a last word").data["reason"], "logged_out");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(house.attended.left(), [of(ANN)]);
    house.attended.beats();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(house.attended.beats(), []);
}

#[tokio::test(start_paused = true)]
async fn while_nobody_can_be_asked_streams_go_on_and_then_hear_what_they_missed() {
    let (house, live, mut stream) = following().await;
    house.attended.set(BOB, true);
    assert_eq!(status(&mut stream).await, (BOB, true));
    house.attended.set_away(true);
    silent(&mut stream).await;
    let mut late = connected(&live).await;
    house.attended.set(BOB, false);
    house.attended.set(BOB, true);
    house.attended.beats();
    house.attended.set_away(false);
    assert_eq!(status(&mut late).await, (BOB, true));
    silent(&mut stream).await;
    assert!(house.attended.beats().contains(&of(ANN)), "a sign of each who is here");
}
