//! JSON is compressed for clients that take it, and nothing else is.

use std::io::Read as _;

use serde_json::{Value, json};
use world::{PASSWORD, Reply, Stream, World};

fn unpacked(reply: &Reply) -> Value {
    let mut text = String::new();
    match reply.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(&*reply.bytes).read_to_string(&mut text).expect("gzip"),
        Some("br") => brotli::Decompressor::new(&*reply.bytes, 4096).read_to_string(&mut text).expect("brotli"),
        other => panic!("{other:?}: {}", reply.story()),
    };
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn a_page_of_messages_is_the_same_compressed_and_a_fraction_of_the_size() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    for number in 0..30 {
        ann.send(&room, &format!("message {number}")).await;
    }
    let path = format!("/api/messages?room_id={}", room.id);
    let plain = ann.get(&path).await.is(200);
    assert_eq!(plain.header("content-encoding"), None);
    for coding in ["gzip", "br"] {
        let packed = ann.get(&path).header("Accept-Encoding", coding).await.is(200);
        assert_eq!(packed.header("content-encoding"), Some(coding));
        assert_eq!(unpacked(&packed), plain.body);
        assert!(packed.bytes.len() * 3 < plain.bytes.len(), "{} of {}", packed.bytes.len(), plain.bytes.len());
    }
    let document = world.anyone().get("/openapi.json").header("Accept-Encoding", "gzip, br").await;
    assert!(unpacked(&document)["paths"].is_object());
}

#[tokio::test]
async fn streams_and_tokens_are_left_as_they_are() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let call = ann.get(&format!("/api/messages/stream/{}", room.id)).header("Accept-Encoding", "gzip, br");
    let mut stream = Stream::open(call).await;
    assert!(!stream.headers.contains_key("content-encoding"));
    bob.send(&room, "in plain text").await;
    stream.until("new_message").await;
    let login = json!({ "email": ann.email, "password": PASSWORD });
    let login = world.anyone().post("/api/auth/login", login).header("Accept-Encoding", "gzip, br").await.is(200);
    assert!(login.header("content-encoding").is_none() && login["access_token"].is_string());
}
