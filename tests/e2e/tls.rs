//! Everything that can be encrypted between the program and its servers is, where a URL says so.

use world::{Options, OwnServers, World};

/// What the URLs of the stores say of TLS: `trust` gives each the authority that it believes, by the name of its parameter.
fn over_tls(servers: &OwnServers, trust: impl Fn(&str) -> String) -> Options {
    let postgres = |database: &str| {
        format!("postgres://chat@{}/{database}?sslmode=verify-full{}", servers.address(15_432), trust("sslrootcert"))
    };
    let mysql = format!("mysql://chat@{}/d?ssl-mode=VERIFY_IDENTITY{}", servers.address(13_306), trust("ssl-ca"));
    let mongodb = servers.address(17_017);
    let mongodb = format!("mongodb://{mongodb}/t?directConnection=true&tls=true{}", trust("tlsCAFile"));
    World::options()
        .setting("CHAT_EVENT_STORE", &postgres("chat"))
        .setting("CHAT_KEYS", &postgres("chat_keys"))
        .setting("CHAT_DIRECTORY", &mysql)
        .setting("CHAT_TIMELINE", &mongodb)
        .setting("CHAT_SHARED", &format!("rediss://{}/0", servers.address(16_379)))
}

#[tokio::test]
async fn stores_and_redis_are_spoken_to_over_tls_by_an_authority_that_is_named() {
    if !world::is_distributed() {
        return world::skipped("it is about the real servers: ./test --stack tls");
    }
    let servers = OwnServers::with_tls().await;
    let authority = servers.authority();
    let trusting = over_tls(&servers, |parameter| format!("&{parameter}={authority}"));
    // Redis has no such parameter: it believes whom the machine believes.
    let world = trusting.setting("SSL_CERT_FILE", &authority).start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send(&room, "nobody listens").await;
    assert_eq!(bob.contents(&room).await, ["nobody listens"]);
    bob.post("/api/online-status/heartbeat", serde_json::json!({})).await.is(204);
    let path = format!("/api/online-status/user/{}", bob.id);
    let stands = async || (ann.get(&path).await.is(200)["is_online"] == true).then_some(());
    world::eventually("Redis knows that bob is there", stands).await;

    let log = stranger(&servers).await;
    assert!(log.contains("certificate"), "who is certified by nobody known is not believed:\n{log}");
}

/// What a process says that knows nobody who certifies the servers.
async fn stranger(servers: &OwnServers) -> String {
    let world = over_tls(servers, |_| String::new()).begin().await;
    let code = world.end().await;
    assert_ne!(code, 0, "{}", world.log());
    world.log()
}
