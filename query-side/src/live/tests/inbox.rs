use std::sync::Arc;
use std::time::Duration;

use domain::inbox::{InboxEvent, NotificationType};
use domain::{EventId, InboxId, MessageId, NotificationId, UserId, Version};
use uuid::Uuid;

use crate::live::given::{ANN, BOB, Heard, House, events, of, rest, room, until};
use crate::live::{Live, Subscription};

fn id(n: u64) -> NotificationId {
    NotificationId::of(BOB, EventId(Uuid::from_u128(n.into())), NotificationType::Mention)
}

impl House {
    fn tell(&self, user: UserId, n: u64) -> Version {
        let told = InboxEvent::Notified {
            notification: id(n),
            notification_type: NotificationType::Mention,
            actor: ANN,
            room: Some(room(1)),
            message: Some(MessageId(Uuid::from_u128(n.into()))),
            room_version: Some(1),
            friendship: None,
            cause: self.head(),
        };
        self.append(InboxId::of(user).into(), told).1
    }

    fn seen(&self, user: UserId, n: u64) -> Version {
        let read = InboxEvent::NotificationsRead { notifications: vec![id(n)], settled: 0 };
        self.append(InboxId::of(user).into(), read).1
    }

    fn mute(&self, user: UserId) -> Version {
        self.append(InboxId::of(user).into(), InboxEvent::RoomMuted { room: room(1) }).1
    }

    fn prune(&self, user: UserId) {
        self.append(InboxId::of(user).into(), InboxEvent::NotificationsPruned { before: 0 });
    }
}

async fn listening(house: &Arc<House>, last: Option<Version>) -> (Arc<Live>, Subscription) {
    let live = house.live().await;
    let stream = live.inbox(of(BOB), last).expect("a stream");
    (live, stream)
}

fn ids(heard: &[Heard]) -> Vec<(&str, Option<&str>)> {
    heard.iter().map(|heard| (heard.event.as_str(), heard.id.as_deref())).collect()
}

#[tokio::test(start_paused = true)]
async fn an_inbox_is_heard_by_its_owner_and_by_nobody_else() {
    let house = House::new();
    let (_live, mut stream) = listening(&house, None).await;
    until(&mut stream, |heard| heard.event == "connected").await;
    house.tell(ANN, 1);
    house.tell(BOB, 2);
    house.seen(BOB, 2);
    house.apply();
    let heard = until(&mut stream, |heard| heard.event == "read").await;
    assert_eq!(ids(&heard), [("notification", Some("1")), ("read", Some("2"))]);
    assert_eq!(heard[0].data["id"], id(2).to_string());
    assert_eq!(heard[1].data["ids"][0], id(2).to_string());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_seen_leaves_no_hole() {
    let house = House::new();
    let (_live, mut stream) = listening(&house, None).await;
    until(&mut stream, |heard| heard.event == "connected").await;
    house.mute(BOB);
    house.prune(BOB);
    house.tell(BOB, 1);
    house.apply();
    let heard = until(&mut stream, |heard| heard.event == "notification").await;
    assert_eq!(ids(&heard), [("notification", Some("3"))]);
}

#[tokio::test(start_paused = true)]
async fn it_resumes_after_any_version_and_goes_on() {
    let house = House::new();
    for n in 1..=3 {
        house.tell(BOB, n);
    }
    house.seen(BOB, 2);
    house.mute(BOB);
    house.apply();
    for last in 0..=5 {
        let (_live, mut stream) = listening(&house, Some(last)).await;
        let expected: Vec<_> = (last..=4.max(last)).map(|version| version.to_string()).collect();
        let heard = until(&mut stream, |heard| heard.id.as_ref() == expected.last()).await;
        assert_eq!(heard[0].event, "connected");
        assert_eq!(heard.iter().filter_map(|heard| heard.id.clone()).collect::<Vec<_>>(), expected);
    }
    let (_live, mut stream) = listening(&house, Some(5)).await;
    house.tell(BOB, 9);
    house.apply();
    let heard = until(&mut stream, |heard| heard.event == "notification").await;
    assert_eq!(heard.last().and_then(|heard| heard.id.as_deref()), Some("6"));
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_ahead_or_before_what_is_gone_is_answered_with_reset() {
    let house = House::new();
    house.tell(BOB, 1);
    house.prune(BOB);
    house.tell(BOB, 2);
    house.apply();
    for last in [0, 1, 99] {
        let (_live, mut stream) = listening(&house, Some(last)).await;
        assert_eq!(events(&rest(&mut stream).await), ["reset"], "after {last}");
    }
    assert_eq!(house.counts.resets(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_only_this_process_does_not_know_yet_is_waited_for() {
    let house = House::new();
    house.tell(BOB, 1);
    house.apply();
    let (_live, mut stream) = listening(&house, Some(2)).await;
    house.tell(BOB, 2);
    let later = house.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        later.tell(BOB, 3);
        later.apply();
    });
    let heard = until(&mut stream, |heard| heard.event == "notification").await;
    assert_eq!(heard.last().and_then(|heard| heard.id.as_deref()), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn what_the_read_models_do_not_reach_in_time_is_told_without_a_preview() {
    let house = House::new();
    let (_live, mut stream) = listening(&house, None).await;
    until(&mut stream, |heard| heard.event == "connected").await;
    house.tell(BOB, 1);
    let heard = until(&mut stream, |heard| heard.event == "notification").await;
    assert_eq!((&heard[0].data["preview"], &heard[0].data["is_read"]), (&serde_json::Value::Null, &false.into()));
}
