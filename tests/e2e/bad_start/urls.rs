//! URLs that are wrong or missing, and credentials that are.

use world::World;

use super::{has_servers, refusal, says};

#[tokio::test]
async fn a_url_of_another_kind_or_without_its_parts_is_refused() {
    let cases = [
        ("CHAT_EVENT_STORE", "mysql://chat@127.0.0.1:1/chat", "sqlite or postgres://… or postgresql://… is expected"),
        ("CHAT_KEYS", "postgres", "sqlite or postgres://… or postgresql://… is expected"),
        ("CHAT_EVENT_LOG", "127.0.0.1:9092", "store or kafka://… is expected"),
        ("CHAT_DIRECTORY", "postgres://127.0.0.1:1/d", "sqlite or mysql://… is expected"),
        ("CHAT_TIMELINE", "http://127.0.0.1:1", "sqlite or mongodb://…"),
        ("CHAT_SHARED", "localhost:6379", "memory or redis://… or rediss://… is expected"),
        ("CHAT_PARTITIONS", "none", "a number from 1 to 64 is expected"),
    ];
    for (name, url, expected) in cases {
        let log = refusal(World::options().setting(name, url)).await;
        says(&log, &[name, url, expected]);
    }
}

#[tokio::test]
async fn places_that_do_not_go_together_are_refused() {
    if world::is_distributed() {
        return world::skipped("it begins with the embedded settings");
    }
    let log = refusal(World::options().setting("CHAT_EVENT_STORE", "postgres://chat@127.0.0.1:1/chat")).await;
    says(&log, &["event_store and keys must both be"]);
    let log = refusal(World::options().setting("CHAT_EVENT_LOG", "kafka://127.0.0.1:1")).await;
    says(&log, &["event_log = kafka://… needs event_store = postgres://…"]);
}

#[tokio::test]
async fn a_url_that_lacks_a_part_is_refused_on_the_servers_too() {
    if !has_servers() {
        return;
    }
    let [mysql, mongodb] = ["TEST_MYSQL", "TEST_MONGODB"].map(|name| world::server(name).expect("it is set"));
    let cases = [
        ("CHAT_EVENT_LOG", "kafka://127.0.0.1".to_owned(), "each broker is host:port"),
        ("CHAT_EVENT_LOG", "kafka://127.0.0.1:1?acks=1".to_owned(), "acks can not be set"),
        ("CHAT_EVENT_LOG", "kafka://127.0.0.1:1?no.such=1".to_owned(), "check the properties in CHAT_EVENT_LOG"),
        ("CHAT_DIRECTORY", mysql, "the URL must name a database"),
        ("CHAT_TIMELINE", mongodb, "names no database"),
        ("CHAT_SHARED", "redis://127.0.0.1:port".to_owned(), "shared"),
    ];
    for (name, url, expected) in cases {
        let log = refusal(World::options().setting(name, &url)).await;
        says(&log, &[expected]);
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_with_the_name_of_the_setting() {
    if !has_servers() {
        return;
    }
    let [postgres, mysql, mongodb, redis, kafka] = ["POSTGRES", "MYSQL", "MONGODB", "REDIS", "KAFKA"]
        .map(|name| world::server(&format!("TEST_{name}")).expect("set"));
    let nobody = |url: &str| url.replace("chat@", "nobody:wrong@");
    let cases = [
        ("CHAT_EVENT_STORE", nobody(&postgres), "event_store: ", "check user and password in CHAT_EVENT_STORE"),
        ("CHAT_KEYS", nobody(&postgres), "keys: ", "check user and password in CHAT_KEYS"),
        ("CHAT_DIRECTORY", format!("{}/d", nobody(&mysql)), "directory: ", "check user and password in CHAT_DIRECTORY"),
        (
            "CHAT_TIMELINE",
            mongodb.replace("//", "//nobody:wrong@").replace("/?", "/t?"),
            "timeline: ",
            "check user and password in CHAT_TIMELINE",
        ),
        ("CHAT_SHARED", redis.replace("//", "//nobody:wrong@"), "shared: ", "check user and password in CHAT_SHARED"),
        (
            "CHAT_EVENT_LOG",
            format!("kafka://nobody:wrong@{kafka}?security.protocol=sasl_plaintext"),
            "event_log: ",
            "--features infra/kafka-tls",
        ),
    ];
    for (name, url, part, todo) in cases {
        let log = refusal(World::options().setting(name, &url)).await;
        says(&log, &[part, todo]);
        assert!(!log.contains(":wrong@"), "a password is shown: {log}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused() {
    if !has_servers() {
        return;
    }
    let postgres = world::server("TEST_POSTGRES").expect("it is set");
    let missing = postgres.replace("/postgres", "/no_such_database");
    let log = refusal(World::options().setting("CHAT_EVENT_STORE", &missing)).await;
    says(&log, &["event_store: ", "no_such_database", "make the database, or name another in CHAT_EVENT_STORE"]);
}
