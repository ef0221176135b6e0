//! Brokers and topics that are not as they should be, and records that are not ours.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use sqlx::{Connection as _, Executor as _};
use world::World;

use super::{has_servers, refusal, refused, says};

fn client() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", world::server("TEST_KAFKA").expect("TEST_KAFKA is set"));
    config
}

fn topic(world: &World, name: &str) -> String {
    format!("{}.{name}", world.premises().expect("on the servers").name())
}

#[tokio::test]
async fn a_topic_with_another_number_of_partitions_is_refused() {
    if !has_servers() {
        return;
    }
    let brokers = world::server("TEST_KAFKA").expect("it is set");
    let prefix = format!("odd{}.", std::process::id());
    let admin: AdminClient<DefaultClientContext> = client().create().expect("a client");
    let name = format!("{prefix}message.events");
    let made = admin.create_topics(&[NewTopic::new(&name, 3, TopicReplication::Fixed(1))], &AdminOptions::new()).await;
    made.expect("the brokers answer").pop().expect("one").expect("it is made");
    let url = format!("kafka://{brokers}?prefix={prefix}&replication=1");
    let log = refusal(World::options().setting("CHAT_EVENT_LOG", &url)).await;
    says(&log, &["event_log", &name, "has 3 partitions, not 2", "set `partitions` to 3"]);
    let names: Vec<_> = infra_topics().map(|topic| format!("{prefix}{topic}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    admin.delete_topics(&names, &AdminOptions::new()).await.ok();
}

fn infra_topics() -> impl Iterator<Item = &'static str> {
    ["user.events", "friend.events", "message.events", "chat.events", "notification.events", "user.online_status"]
        .into_iter()
}

#[tokio::test]
async fn other_partitions_than_the_event_store_knows_are_refused() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    let begun = Instant::now();
    let other = world.beside_at_once(World::options().setting("CHAT_PARTITIONS", "3")).await;
    says(&refused(&other, begun).await, &["partitions", "of 2 partitions each, not 3", "set it to 2"]);
}

#[tokio::test]
async fn another_cluster_than_the_event_store_knows_is_refused() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    world.kill();
    let url = world.premises().expect("there").postgres("events");
    let mut store = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL answers");
    store.execute("UPDATE identity SET value = 'another' WHERE name = 'kafka'").await.expect("it is done");
    let begun = Instant::now();
    world.begin_again();
    let log = refused(&world, begun).await;
    says(&log, &["event_log", "feeds the Kafka cluster another", "name the brokers of that one", "bigtech-chat adopt"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_are_not_ours_are_passed_over_and_told_of() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut live = bob.follow_from_now(&room).await;
    let producer: FutureProducer = client().create().expect("a producer");
    for partition in 0..2 {
        for payload in ["", "{}", "not JSON at all"] {
            let topic = topic(&world, "message.events");
            let record = FutureRecord::<str, str>::to(&topic).partition(partition).payload(payload).key("k");
            producer.send(record, Duration::from_secs(10)).await.expect("sent");
        }
    }
    ann.send(&room, "behind them").await;
    assert_eq!(live.expect("new_message").await.data["content"], "behind them");
    assert_eq!(bob.contents(&room).await, ["behind them"]);
    world::eventually("it is told of", async || world.log().contains("a record is skipped").then_some(())).await;
}
