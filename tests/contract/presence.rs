//! Who is online: signs of life given to one process, seen in another.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use command_side::api::Caller;
use domain::{SessionId, Timestamp, UserId};
use infra::adapters::presence::InProcessPresence;
use query_side::ports::{Attendance, News, Since};
use uuid::Uuid;

use super::given::somebody;

/// How long a device is there after a sign of life.
pub(super) const LIFE: Duration = Duration::from_millis(1_500);

/// Presence as two processes have it, which may be one and the same.
pub(super) struct Places {
    pub(super) one: Attendance,
    pub(super) other: Attendance,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Places:
    of_whom_no_sign_was_seen_nothing_is_known,
    whoever_gives_a_sign_is_online_until_their_time_is_over,
    signs_in_time_are_no_news,
    one_who_has_two_devices_is_there_until_both_are_gone,
    whose_last_device_leaves_is_gone_at_once_and_was_seen_just_now,
    who_leaves_without_having_come_changes_nothing,
    who_comes_and_goes_is_told_to_all_who_follow,
    who_was_not_told_for_a_while_hears_of_each_once,
    who_comes_back_before_anybody_looked_comes_anew,
    a_crowd_is_told_in_parts_and_nobody_is_left_out,
    who_follows_something_else_is_told_that_there_is_a_gap,
);

/// Another device of `user`.
pub(super) fn device(user: UserId) -> Caller {
    Caller { user, session: SessionId(Uuid::now_v7()) }
}

pub(super) async fn beat(at: &Attendance, devices: &[Caller]) {
    at.heartbeats.beat(devices).await.expect("it is there");
}

async fn leave(at: &Attendance, device: Caller) {
    at.heartbeats.leave(&[device]).await.expect("it is there");
}

pub(super) async fn is_online(at: &Attendance, user: UserId) -> bool {
    let stand = at.presences.of(&[user]).await.expect("it is there");
    stand.get(&user).is_some_and(|presence| presence.is_online)
}

async fn seen_at(at: &Attendance, user: UserId) -> Timestamp {
    let stand = at.presences.of(&[user]).await.expect("it is there");
    stand[&user].last_seen_at.expect("when")
}

pub(super) async fn after(at: &Attendance, since: Since) -> News {
    at.transitions.after(since).await.expect("it is there")
}

/// Where somebody begins who follows from now on.
async fn from_now(at: &Attendance) -> Since {
    let news = after(at, Since::default()).await;
    assert!(news.has_gap && news.changed.is_empty(), "{news:?}");
    news.until
}

/// Who changed, and whether they are there now.
fn changes(news: &News) -> Vec<(UserId, bool)> {
    assert!(!news.has_gap, "{news:?}");
    news.changed.iter().map(|(user, presence)| (*user, presence.is_online)).collect()
}

async fn of_whom_no_sign_was_seen_nothing_is_known(places: Places) {
    assert!(places.one.presences.of(&[somebody(), somebody()]).await.expect("it is there").is_empty());
}

async fn whoever_gives_a_sign_is_online_until_their_time_is_over(places: Places) {
    let (ann, bob) = (somebody(), somebody());
    beat(&places.one, &[device(ann)]).await;
    assert!(is_online(&places.other, ann).await && !is_online(&places.other, bob).await);
    let seen = seen_at(&places.other, ann).await;
    tokio::time::sleep(LIFE).await;
    assert!(!is_online(&places.other, ann).await);
    assert_eq!(seen_at(&places.one, ann).await, seen, "it is remembered");
}

async fn signs_in_time_are_no_news(places: Places) {
    let ann = device(somebody());
    beat(&places.one, &[ann]).await;
    let since = from_now(&places.other).await;
    for _ in 0..4 {
        tokio::time::sleep(LIFE / 2).await;
        beat(&places.other, &[ann]).await;
        assert!(is_online(&places.one, ann.user).await);
    }
    assert!(changes(&after(&places.one, since).await).is_empty());
}

async fn one_who_has_two_devices_is_there_until_both_are_gone(places: Places) {
    let ann = somebody();
    let (phone, desk) = (device(ann), device(ann));
    beat(&places.one, &[phone]).await;
    beat(&places.other, &[desk]).await;
    let since = from_now(&places.one).await;
    leave(&places.other, phone).await;
    assert!(is_online(&places.one, ann).await);
    tokio::time::sleep(LIFE / 2).await;
    beat(&places.one, &[desk]).await;
    leave(&places.one, phone).await;
    tokio::time::sleep(LIFE / 2).await;
    assert!(is_online(&places.one, ann).await);
    assert!(changes(&after(&places.one, since).await).is_empty());
    tokio::time::sleep(LIFE / 2).await;
    assert_eq!(changes(&after(&places.one, since).await), [(ann, false)]);
}

async fn whose_last_device_leaves_is_gone_at_once_and_was_seen_just_now(places: Places) {
    let ann = device(somebody());
    beat(&places.one, &[ann]).await;
    let (since, seen) = (from_now(&places.other).await, seen_at(&places.one, ann.user).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    leave(&places.other, ann).await;
    assert!(!is_online(&places.one, ann.user).await);
    assert!(seen_at(&places.one, ann.user).await > seen);
    assert_eq!(changes(&after(&places.one, since).await), [(ann.user, false)]);
}

async fn who_leaves_without_having_come_changes_nothing(places: Places) {
    let (ann, stranger) = (device(somebody()), device(somebody()));
    beat(&places.one, &[ann]).await;
    let since = from_now(&places.one).await;
    leave(&places.one, stranger).await;
    leave(&places.one, device(ann.user)).await;
    assert!(changes(&after(&places.one, since).await).is_empty());
    assert!(is_online(&places.one, ann.user).await && !is_online(&places.one, stranger.user).await);
}

async fn who_comes_and_goes_is_told_to_all_who_follow(places: Places) {
    let ann = somebody();
    let both = [&places.one, &places.other];
    let mut since = [from_now(both[0]).await, from_now(both[1]).await];
    beat(&places.one, &[device(ann)]).await;
    for awaited in [true, false] {
        for (at, since) in both.into_iter().zip(&mut since) {
            let news = after(at, *since).await;
            assert_eq!(changes(&news), [(ann, awaited)]);
            *since = news.until;
            assert!(changes(&after(at, *since).await).is_empty());
        }
        tokio::time::sleep(LIFE).await;
    }
}

async fn who_was_not_told_for_a_while_hears_of_each_once(places: Places) {
    let (ann, bob, cid) = (device(somebody()), device(somebody()), device(somebody()));
    let since = from_now(&places.one).await;
    beat(&places.one, &[ann, bob]).await;
    leave(&places.one, ann).await;
    beat(&places.other, &[cid]).await;
    beat(&places.other, &[ann]).await;
    let news = after(&places.one, since).await;
    assert_eq!(changes(&news), [(bob.user, true), (cid.user, true), (ann.user, true)]);
}

async fn who_comes_back_before_anybody_looked_comes_anew(places: Places) {
    let ann = device(somebody());
    beat(&places.one, &[ann]).await;
    let since = from_now(&places.one).await;
    tokio::time::sleep(LIFE).await;
    assert!(!is_online(&places.one, ann.user).await);
    beat(&places.one, &[ann]).await;
    // Whoever read meanwhile that they are gone has to hear of it.
    assert_eq!(changes(&after(&places.other, since).await), [(ann.user, true)]);
}

async fn a_crowd_is_told_in_parts_and_nobody_is_left_out(places: Places) {
    let crowd: Vec<_> = (0..2_500).map(|_| device(somebody())).collect();
    let mut since = from_now(&places.other).await;
    for some in crowd.chunks(500) {
        beat(&places.one, some).await;
    }
    let (mut told, mut calls) = (vec![], 0);
    while told.len() < crowd.len() && calls < 10 {
        let news = after(&places.other, since).await;
        told.extend(news.changed.iter().map(|(user, _)| *user));
        (since, calls) = (news.until, calls + 1);
    }
    assert!(calls > 1 && told.len() == crowd.len(), "{} in {calls} calls", told.len());
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), crowd.iter().map(|device| device.user).collect());
    assert_eq!(after(&places.other, since).await.until, since);
}

async fn who_follows_something_else_is_told_that_there_is_a_gap(places: Places) {
    beat(&places.one, &[device(somebody())]).await;
    let until = from_now(&places.one).await;
    let other = Since { epoch: until.epoch + 1, ..until };
    assert_eq!(after(&places.one, other).await, News { changed: vec![], has_gap: true, until });
}

#[tokio::test]
async fn presence_in_this_process() {
    suite(async || {
        let presence = Arc::new(InProcessPresence::new(LIFE));
        let (one, other) = (presence.clone().into(), presence.into());
        Places { one, other, _kept: Box::new(()) }
    })
    .await;
}
