//! Redis away, emptied and full of presence.

use std::sync::Arc;
use std::time::Duration;

use infra::adapters::redis::RedisPresence;
use query_side::ports::{Attendance, Since};

use super::super::given::somebody;
use super::super::presence::{LIFE, after, beat, device, is_online};
use super::LONG;
use super::server::{Keys, Server};

const LEASE: Duration = Duration::from_millis(500);

fn courier(keys: &Keys) -> RedisPresence {
    RedisPresence::new(keys.redis(Some(LONG)), LIFE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_it_is_not_known_who_is_online() {
    let Some(mut server) = Server::start() else { return };
    let places = server.keys().places(None);
    let ann = device(somebody());
    beat(&places.one, &[ann]).await;
    server.kill();
    assert!(places.one.heartbeats.beat(&[ann]).await.is_err());
    assert!(places.one.presences.of(&[ann.user]).await.is_err());
    assert!(places.other.transitions.after(Since::default()).await.is_err());
    server.back();
    world::eventually("it is known again", async || {
        places.one.heartbeats.beat(&[ann]).await.ok()?;
        let stand = places.other.presences.of(&[ann.user]).await.ok()?;
        stand[&ann.user].is_online.then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_follows_an_emptied_redis_is_told_that_there_is_a_gap() {
    let Some(server) = Server::start() else { return };
    let places = server.keys().places(Some(LONG));
    beat(&places.one, &[device(somebody())]).await;
    let before = after(&places.one, Since::default()).await.until;
    server.tell("FLUSHALL").expect("it answers");
    // By now as many have come as before.
    beat(&places.one, &[device(somebody())]).await;
    let news = after(&places.one, before).await;
    assert!(news.has_gap && news.until.epoch != before.epoch, "{news:?}");
    assert!(!after(&places.one, news.until).await.has_gap);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_devices_that_are_gone_but_when_they_were_seen() {
    let Some(server) = Server::start() else { return };
    let places = server.keys().places(Some(LONG));
    let (ann, bob) = (somebody(), somebody());
    let devices: Vec<_> = (0..300).map(|n| device(if n < 250 { ann } else { bob })).collect();
    beat(&places.one, &devices).await;
    let sizes = "local all = redis.call('KEYS', '*:online-of:*') for n, key in ipairs(all) do all[n] = redis.call('ZCARD', key) end";
    let sizes = server.tell(&format!("EVAL \"{sizes} table.sort(all) return all\" 0")).expect("it answers");
    assert!(sizes.contains(":50\r\n:100\r\n"), "{sizes}");
    tokio::time::sleep(LIFE).await;
    after(&places.one, Since::default()).await;
    let keys = server.tell("KEYS *").expect("it answers");
    assert!(!keys.contains("online-of") && !keys.contains(":online\r\n") && keys.contains("online-seen"), "{keys}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_tells_others_at_a_time_and_goes_on_where_the_last_one_ended() {
    let Some(server) = Server::start() else { return };
    let keys = server.keys();
    let (one, other) = (courier(&keys), courier(&keys));
    let there: Attendance = Arc::new(courier(&keys)).into();
    let ann = device(somebody());
    beat(&there, &[ann]).await;
    let since = one.lead("one", LEASE, "topic").await.expect("it answers").expect("the lease");
    assert_eq!(other.lead("other", LEASE, "topic").await.expect("it answers"), None);
    let news = after(&there, since).await;
    assert_eq!(news.changed.len(), 1, "what changed before anybody told");
    assert!(one.sent("one", "topic", news.until, &[ann.user]).await.expect("it answers"));
    assert_eq!(one.lead("one", LEASE, "topic").await.expect("it answers"), Some(news.until));
    tokio::time::sleep(LEASE).await;
    assert_eq!(other.lead("other", LEASE, "topic").await.expect("it answers"), Some(news.until));
    assert_eq!(other.lead("other", LEASE, "a new topic").await.expect("it answers"), Some(since));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_told_who_had_lost_the_lease_is_told_once_more() {
    let Some(server) = Server::start() else { return };
    let keys = server.keys();
    let (paused, other) = (courier(&keys), courier(&keys));
    let there: Attendance = Arc::new(courier(&keys)).into();
    let ann = device(somebody());
    beat(&there, &[ann]).await;
    let since = paused.lead("paused", LEASE, "topic").await.expect("it answers").expect("the lease");
    let old = after(&there, since).await;
    tokio::time::sleep(LEASE).await;
    there.heartbeats.leave(&[ann]).await.expect("it answers");
    other.lead("other", LONG, "topic").await.expect("it answers").expect("the lease");
    let new = after(&there, since).await;
    assert!(other.sent("other", "topic", new.until, &[ann.user]).await.expect("it answers"));
    // Only now the other one goes on, and its record lies behind the newer one.
    assert!(!paused.sent("paused", "topic", old.until, &[ann.user]).await.expect("it answers"));
    let once_more = other.lead("other", LONG, "topic").await.expect("it answers").expect("the lease");
    let [(user, presence)] = after(&there, once_more).await.changed[..] else { panic!("nothing to be told") };
    assert_eq!((user, presence.is_online), (ann.user, false));
    assert!(!is_online(&there, ann.user).await);
}
