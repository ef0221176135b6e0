use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::room::RoomEvent;
use domain::{RoomId, Version};

use crate::Positions;
use crate::live::given::{ANN, BOB, CID, Heard, House, events, of, rest, room, until};
use crate::live::{Live, Subscription};

async fn listening(house: &Arc<House>) -> (Arc<Live>, Subscription, Positions) {
    let live = house.live().await;
    let mut stream = live.rooms(of(BOB), None).expect("a stream");
    let connected = until(&mut stream, |heard| heard.event == "connected").await;
    let id = positions(&connected[0]);
    (live, stream, id)
}

fn positions(heard: &Heard) -> Positions {
    heard.id.as_deref().expect("an id").parse().expect("positions")
}

fn contents(heard: &[Heard], room: RoomId) -> Vec<&str> {
    let of_room = heard.iter().filter(|heard| heard.data["room_id"] == room.to_string());
    of_room.filter_map(|heard| heard.data["content"].as_str()).collect()
}

fn is(content: &str) -> impl Fn(&Heard) -> bool {
    move |heard| heard.data["content"] == content
}

#[tokio::test(start_paused = true)]
async fn all_rooms_of_a_member_are_heard_and_no_others() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.open(room(2), &[ANN, BOB]);
    house.open(room(3), &[ANN, CID]);
    house.apply();
    let (_live, mut stream, _) = listening(&house).await;
    for n in 0..3 {
        for at in 1..=3 {
            house.send(room(at), &n.to_string());
        }
    }
    house.send(room(1), "end");
    let heard = until(&mut stream, is("end")).await;
    assert_eq!(contents(&heard, room(1)), ["0", "1", "2", "end"]);
    assert_eq!(contents(&heard, room(2)), ["0", "1", "2"]);
    assert!(contents(&heard, room(3)).is_empty());
    assert!(heard.is_sorted_by_key(|heard| positions(heard).get(0)));
}

#[tokio::test(start_paused = true)]
async fn rooms_that_are_opened_or_entered_later_are_heard_from_then_on() {
    let house = House::new();
    house.open(room(1), &[ANN]);
    house.apply();
    let (_live, mut stream, _) = listening(&house).await;
    house.send(room(1), "without bob");
    house.join(room(1), BOB);
    house.send(room(1), "with bob");
    house.open(room(2), &[ANN, BOB]);
    house.send(room(2), "welcome");
    let heard = until(&mut stream, is("welcome")).await;
    assert_eq!(events(&heard), ["member_joined", "new_message", "room_changed", "new_message"]);
    assert_eq!(heard[2].data["id"], room(2).to_string());
    assert_eq!(heard[2].data["participants"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn leaving_a_room_does_not_end_the_stream() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.open(room(2), &[ANN, BOB]);
    house.apply();
    let (_live, mut stream, _) = listening(&house).await;
    house.remove(room(1), BOB);
    house.send(room(1), "not for bob");
    house.send(room(2), "for bob");
    let heard = until(&mut stream, is("for bob")).await;
    assert_eq!(events(&heard), ["member_left", "new_message"]);
}

#[tokio::test(start_paused = true)]
async fn it_resumes_in_the_order_of_the_log_wherever_it_was_cut() {
    let house = House::new();
    let rooms = [room(1), room(2), room(3)];
    for room in &rooms {
        house.open(*room, &[ANN, BOB]);
    }
    house.apply();
    let (live, _, from) = listening(&house).await;
    for n in 0..150 {
        house.send(rooms[n % 3], &n.to_string());
    }
    house.apply();
    let expected: Vec<_> = (0..150).map(|n| n.to_string()).collect();
    for cut in [0, 1, 7, 99, 100, 101, 149] {
        let mut heard = vec![];
        let mut last = from.clone();
        while heard.len() < 150 {
            let mut stream = live.rooms(of(BOB), Some(last.clone())).expect("a stream");
            let now = until(&mut stream, |_| false);
            let now = tokio::time::timeout(Duration::from_millis(1), now).await;
            assert!(now.is_err(), "it goes on");
            let mut stream = live.rooms(of(BOB), Some(last.clone())).expect("a stream");
            let mut some = until(&mut stream, |heard| heard.event == "new_message").await;
            some.retain(|heard| heard.event == "new_message");
            // The connection breaks in the middle of what was sent.
            some.truncate(cut.max(1));
            last = positions(some.last().expect("some"));
            heard.extend(some);
        }
        let contents: Vec<_> = heard.iter().map(|heard| heard.data["content"].as_str().expect("content")).collect();
        assert_eq!(contents, expected, "{cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_happened_before_one_came_and_after_one_went_is_not_replayed() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.open(room(2), &[ANN]);
    house.apply();
    let (live, _, from) = listening(&house).await;
    house.send(room(1), "before he went");
    let (_, leaving) = house.remove(room(1), BOB);
    house.send(room(1), "after he went");
    house.send(room(2), "before he came");
    house.join(room(2), BOB);
    house.send(room(2), "here");
    house.apply();
    let mut stream = live.rooms(of(BOB), Some(from)).expect("a stream");
    let heard = until(&mut stream, is("here")).await;
    assert_eq!(events(&heard), ["connected", "member_left", "member_joined", "new_message"]);
    assert_eq!((heard[1].data["user_id"].as_str(), leaving), (Some(&*BOB.to_string()), 3));
}

#[tokio::test(start_paused = true)]
async fn a_blocked_one_hears_the_direct_room_no_more_until_unblocked() {
    let direct = RoomId::direct(ANN, BOB);
    let house = House::new();
    house.open(direct, &[ANN, BOB]);
    house.open(room(2), &[ANN, BOB]);
    house.apply();
    let (live, mut stream, from) = listening(&house).await;
    house.block(ANN, BOB);
    house.send(direct, "not for bob");
    house.send(room(2), "for bob");
    assert_eq!(events(&until(&mut stream, is("for bob")).await), ["new_message"]);
    house.apply();
    let mut again = live.rooms(of(BOB), Some(from)).expect("a stream");
    assert_eq!(events(&until(&mut again, is("for bob")).await), ["connected", "new_message"]);
    house.unblock(ANN, BOB);
    house.send(direct, "again");
    for stream in [&mut stream, &mut again] {
        assert_eq!(events(&until(stream, is("again")).await), ["new_message"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_from_beyond_the_log_is_answered_with_reset() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let (live, _, _) = listening(&house).await;
    // A position that there is not yet, and a partition that there is not at all.
    for nonsense in [Positions::of(0, 99), Positions::of(7, 1)] {
        let mut stream = live.rooms(of(BOB), Some(nonsense)).expect("a stream");
        let heard = rest(&mut stream).await;
        assert_eq!((events(&heard), positions(&heard[0])), (vec!["reset"], Positions::of(0, 1)));
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_too_slow_has_to_reload() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let (live, mut stream, from) = listening(&house).await;
    for n in 0..1_100 {
        house.send(room(1), &n.to_string());
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let heard = rest(&mut stream).await;
    assert_eq!((events(&heard), positions(&heard[0])), (vec!["reset"], from.clone()));
    house.apply();
    let mut again = live.rooms(of(BOB), Some(from)).expect("a stream");
    let heard = until(&mut again, is("1099")).await;
    assert_eq!(contents(&heard, room(1)).len(), 1_100);
}

#[tokio::test(start_paused = true)]
async fn versions_of_each_room_come_in_order_whatever_is_waited_for() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.open(room(2), &[ANN, BOB]);
    house.apply();
    let (_live, mut stream, _) = listening(&house).await;
    let name = domain::Personal::about(ANN, "Lunch".to_owned());
    house.append(room(1).into(), RoomEvent::RoomRenamed { name, by: ANN });
    house.send(room(2), "meanwhile");
    house.send(room(1), "end");
    tokio::time::sleep(Duration::from_millis(10)).await;
    house.apply();
    let heard = until(&mut stream, is("end")).await;
    assert_eq!(events(&heard), ["room_changed", "new_message", "new_message"]);
    let versions: Vec<Version> = heard.iter().filter_map(|heard| heard.data["version"].as_u64()).collect();
    assert_eq!(versions, [2, 2, 3]);
}

/// He was put out while his stream learned which rooms he is in, came again and went again: all that comes after his going is in the
/// read model in part only when it is read.
#[tokio::test(start_paused = true)]
async fn what_is_half_written_beyond_the_checkpoint_is_not_there_yet() {
    let house = House::new();
    house.open(room(1), &[ANN, BOB]);
    house.apply();
    let (live, _, from) = listening(&house).await;
    house.lag.store(2, Ordering::Relaxed);
    let opened = tokio::spawn(async move {
        let mut stream = live.rooms(of(BOB), Some(from)).expect("a stream");
        until(&mut stream, |heard| heard.id == Some(Positions::of(0, 6).to_string())).await
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    house.lag.store(0, Ordering::Relaxed);
    let (gone, _) = house.remove(room(1), BOB);
    tokio::time::sleep(Duration::from_millis(2)).await;
    house.send(room(1), "without bob");
    house.join(room(1), BOB);
    house.send(room(1), "with bob");
    house.remove(room(1), BOB);
    tokio::time::sleep(Duration::from_millis(1)).await;
    house.early.store(4, Ordering::Relaxed);
    house.applied.send_replace(gone);
    tokio::time::sleep(Duration::from_millis(1)).await;
    house.early.store(0, Ordering::Relaxed);
    house.apply();
    let heard = opened.await.expect("a stream");
    assert_eq!(events(&heard), ["connected", "member_left", "member_joined", "new_message", "member_left"]);
}
