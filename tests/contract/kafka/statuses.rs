//! Who comes and goes, as others read it from the brokers.

use std::sync::Arc;
use std::time::Duration;

use domain::UserId;
use infra::adapters::kafka::StatusCourier;
use infra::adapters::redis::RedisPresence;
use query_side::ports::Attendance;
use rdkafka::Message as _;
use serde_json::Value;
use tokio::sync::watch;

use super::super::given::somebody;
use super::super::presence::{LIFE, beat, device};
use super::super::redis::server::Keys;
use super::wire::{EACH, Wire};

const LONG: Duration = Duration::from_secs(10);

/// People of whom the brokers are told.
pub(super) struct Told {
    keys: Keys,
    there: Attendance,
    courier: StatusCourier,
}

impl Told {
    /// None, said aloud, when there is no Redis.
    pub(super) fn new(wire: &Wire) -> Option<Self> {
        let keys = Keys::rent()?;
        let presence = || Arc::new(RedisPresence::new(keys.redis(Some(LONG)), LIFE));
        let courier = StatusCourier::new(&wire.url, EACH, presence()).expect("a producer");
        let there = presence().into();
        Some(Self { keys, there, courier })
    }

    /// Tells of somebody who came.
    pub(super) async fn tell_once(self) {
        beat(&self.there, &[device(somebody())]).await;
        let ending = watch::Sender::new(false);
        let telling = tokio::spawn(self.courier.run(ending.subscribe()));
        tokio::time::sleep(Duration::from_millis(500)).await;
        ending.send_replace(true);
        telling.await.expect("it ends");
        drop(self.keys);
    }
}

/// What was told of `user`, in order.
fn told(wire: &Wire, user: UserId) -> Vec<Value> {
    let records = wire.records(&format!("{}user.online_status", wire.prefix));
    let own = records.iter().filter(|record| record.key() == Some(user.to_string().as_bytes()));
    own.filter_map(|record| serde_json::from_slice(record.payload()?).ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_brokers_are_told_who_comes_and_goes_and_keep_the_last() {
    let Some(wire) = Wire::new().await else { return };
    let Some(Told { keys, there, courier }) = Told::new(&wire) else { return wire.end().await };
    let ann = device(somebody());
    beat(&there, &[ann]).await;
    there.heartbeats.leave(&[ann]).await.expect("it answers");
    beat(&there, &[ann]).await;
    let ending = watch::Sender::new(false);
    let telling = tokio::spawn(courier.run(ending.subscribe()));
    // Nobody but who tells looks who is gone.
    let gone = async || Some(told(&wire, ann.user)).filter(|told| told.len() > 1);
    let told = world::eventually("that she is gone", gone).await;
    let [first, last] = &told[..] else { panic!("of several changes the last: {told:?}") };
    assert_eq!(first["is_online"], true, "of several changes the last");
    assert_eq!((&last["user_id"], &last["is_online"]), (&ann.user.to_string().into(), &false.into()));
    assert!(last["last_seen_at"].is_string(), "{last}");
    ending.send_replace(true);
    telling.await.expect("it ends");
    drop(keys);
    wire.end().await;
}
