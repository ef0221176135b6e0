//! TLS: files that are not there, and parameters that are taken.

use world::World;

use super::{has_servers, refusal, says};

#[tokio::test]
async fn a_file_of_a_url_that_is_not_there_is_refused_at_once() {
    let urls = [
        ("CHAT_EVENT_STORE", "postgres://chat@127.0.0.1:1/chat?sslmode=verify-ca&sslrootcert=/no/such.pem"),
        ("CHAT_KEYS", "postgres://chat@127.0.0.1:1/keys?sslmode=verify-ca&sslrootcert=/no/such.pem"),
        ("CHAT_DIRECTORY", "mysql://chat@127.0.0.1:1/d?ssl-mode=VERIFY_CA&ssl-ca=/no/such.pem"),
        ("CHAT_TIMELINE", "mongodb://127.0.0.1:1/t?tls=true&tlsCAFile=/no/such.pem"),
        ("CHAT_EVENT_LOG", "kafka://127.0.0.1:1?ssl.ca.location=/no/such.pem"),
    ];
    for (name, url) in urls {
        let log = refusal(World::options().setting(name, url)).await;
        says(&log, &[name, "/no/such.pem", "No such file"]);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_tls_is_demanded() {
    if !has_servers() {
        return;
    }
    let postgres = world::server("TEST_POSTGRES").expect("it is set");
    let log = refusal(World::options().setting("CHAT_KEYS", &format!("{postgres}?sslmode=require"))).await;
    says(&log, &["keys: ", "check whether the server has TLS", "CHAT_KEYS"]);
    let mysql = world::server("TEST_MYSQL").expect("it is set");
    let log = refusal(World::options().setting("CHAT_DIRECTORY", &format!("{mysql}/d?ssl-mode=REQUIRED"))).await;
    says(&log, &["directory: ", "check whether the server has TLS", "CHAT_DIRECTORY"]);
}

#[tokio::test]
async fn tls_that_is_only_preferred_is_done_without_where_there_is_none() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    let premises = world.premises().expect("on the servers");
    let with = |name: &str, parameter: &str| {
        let settings = premises.settings();
        let (_, url) = settings.iter().find(|(known, _)| known == name).expect("a setting");
        let sign = if url.contains('?') { '&' } else { '?' };
        format!("{url}{sign}{parameter}")
    };
    let other = World::options()
        .setting("CHAT_EVENT_STORE", &with("CHAT_EVENT_STORE", "sslmode=prefer"))
        .setting("CHAT_KEYS", &with("CHAT_KEYS", "sslmode=prefer"))
        .setting("CHAT_DIRECTORY", &with("CHAT_DIRECTORY", "ssl-mode=PREFERRED"))
        .setting("CHAT_TIMELINE", &with("CHAT_TIMELINE", "tls=false"))
        .setting("CHAT_EVENT_LOG", &with("CHAT_EVENT_LOG", "security.protocol=plaintext"));
    let other = world.beside(other).await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.through(&[&other]).send(&room, "without TLS").await;
    assert_eq!(bob.through(&[&other]).contents(&room).await, ["without TLS"]);
}
