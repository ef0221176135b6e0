//! Whatever is sent: a clear refusal, never a 5xx.

use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use world::{Person, Room, Shared, World};

static HOUSE: Shared = Shared::new();

async fn pair(world: &World) -> (Person, Person, Room) {
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    (ann, bob, room)
}

/// Every call that takes JSON.
fn taking_json(ann: &Person, room: &Room) -> Vec<(reqwest::Method, String)> {
    use reqwest::Method;
    let paths = [
        (Method::POST, "/api/auth/register".into()),
        (Method::POST, "/api/auth/login".into()),
        (Method::POST, "/api/auth/refresh".into()),
        (Method::PUT, "/api/auth/password".into()),
        (Method::PATCH, "/api/profile".into()),
        (Method::POST, "/api/users/batch".into()),
        (Method::POST, "/api/friends/request".into()),
        (Method::PUT, format!("/api/friends/status/{}", ann.id)),
        (Method::POST, "/api/chat-rooms".into()),
        (Method::PATCH, room.path("")),
        (Method::POST, room.path("/members")),
        (Method::PUT, room.path(&format!("/members/{}/role", ann.id))),
        (Method::POST, "/api/messages".into()),
        (Method::POST, "/api/messages/read".into()),
    ];
    paths.into()
}

#[tokio::test]
async fn what_is_no_json_is_422_everywhere() {
    let world = HOUSE.world().await;
    let (ann, _, room) = pair(&world).await;
    let deep = "[".repeat(100_000);
    let deep_object = "{\"a\":".repeat(100_000);
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"\"text\"",
        b"{\"a\":}",
        b"{\"email\":\"\xff\xfe\"}",
        b"\xef\xbb\xbf{",
        b"{\"a\":1}{}",
        deep.as_bytes(),
        deep_object.as_bytes(),
    ];
    for (method, path) in taking_json(&ann, &room) {
        for body in bodies {
            let call = ann.call(method.clone(), &path).raw("application/json", body.to_vec());
            call.await.refused(422);
        }
    }
}

#[tokio::test]
async fn wrong_types_are_422_everywhere() {
    let world = HOUSE.world().await;
    let (ann, bob, room) = pair(&world).await;
    let wrong = [json!(7), json!(1e300), json!(true), json!([1]), json!({ "a": 1 }), json!([[]]), json!("\u{0}")];
    let calls: [(&str, &str, Value); 9] = [
        ("/api/auth/register", "email", json!({ "email": "w@bad.test", "password": world::PASSWORD })),
        ("/api/auth/register", "nickname", json!({ "email": "w@bad.test", "password": world::PASSWORD })),
        ("/api/auth/register", "username", json!({ "email": "w@bad.test", "password": world::PASSWORD })),
        ("/api/auth/login", "password", json!({ "email": "w@bad.test" })),
        ("/api/friends/request", "message", json!({ "to_user_id": bob.id })),
        ("/api/chat-rooms", "name", json!({ "participant_ids": [bob.id] })),
        ("/api/messages", "content", json!({ "room_id": room.id })),
        ("/api/messages", "message_type", json!({ "room_id": room.id, "content": "x" })),
        ("/api/messages/read", "message_ids", json!({ "room_id": room.id })),
    ];
    for (path, field, body) in calls {
        for value in &wrong {
            let mut body = body.clone();
            body[field] = value.clone();
            let reply = ann.post(path, body).await.is_problem();
            let tolerated = field == "password" && reply.status == 401 || field == "message_ids" && reply.status == 404;
            assert!(reply.status == 422 || tolerated, "{field}={value}: {}", reply.story());
        }
    }
}

#[tokio::test]
async fn names_do_not_hide_or_turn_anything_round() {
    let world = HOUSE.world().await;
    let (ann, bob, _) = pair(&world).await;
    let group = ann.group("plain", &[&bob]).await;
    let tricks =
        ["a\u{0}b", "a\nb", "a\u{1b}b", "\u{202e}nna", "a\u{2066}b\u{2069}", "a\u{200b}b", "\u{7f}", "\u{feff}"];
    for trick in tricks {
        ann.patch("/api/profile", json!({ "nickname": trick })).await.refused(422).names_field("nickname");
        ann.patch("/api/profile", json!({ "username": trick })).await.refused(422).names_field("username");
        ann.patch(&group.path(""), json!({ "name": trick })).await.refused(422).names_field("name");
        let body = json!({ "email": "t@bad.test", "password": world::PASSWORD, "nickname": trick });
        world.anyone().post("/api/auth/register", body).await.refused(422).names_field("nickname");
    }
}

#[tokio::test]
async fn ids_that_cannot_exist_are_404() {
    let world = HOUSE.world().await;
    let (ann, _, _) = pair(&world).await;
    let long = "x".repeat(3_000);
    let ids = ["nobody", "0", "-1", "..%2f..%2fetc", "%00", "%E2%80%AE", "00000000-0000-0000-0000-000000000000", &long];
    for id in ids {
        for path in ["/api/users/", "/api/chat-rooms/", "/api/messages/stream/"] {
            ann.get(&format!("{path}{id}")).await.refused(404);
        }
        ann.get(&format!("/api/messages?room_id={id}")).await.refused(404);
        ann.delete(&format!("/api/messages/{id}")).await.refused(404);
        ann.act(&format!("/api/friends/{id}/accept")).await.refused(404);
        ann.delete(&format!("/api/auth/sessions/{id}")).await.refused(404);
    }
}

#[tokio::test]
async fn paths_and_queries_that_are_no_text_are_refused() {
    let world = HOUSE.world().await;
    let (ann, _, room) = pair(&world).await;
    for path in ["/api/users/%FF", "/api/chat-rooms/%C3%28", "/api/users/search?q=%FF", "/api/messages?room_id=%FF"] {
        let reply = ann.get(path).await.is_problem();
        assert!([400, 404, 422].contains(&reply.status), "{}", reply.story());
    }
    for query in ["limit=5&limit=6", "&&&", "=", "limit[]=1", "%", &"a=b&".repeat(2_000)] {
        let reply = ann.get(&format!("{}&{query}", room.messages())).await;
        assert!(reply.status < 500, "{}", reply.story());
    }
}

#[tokio::test]
async fn what_the_parser_itself_refuses_does_not_disturb_others() {
    let world = HOUSE.world().await;
    let (ann, _, _) = pair(&world).await;
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20));
    let requests: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        many.as_bytes(),
        long.as_bytes(),
    ];
    for request in requests {
        let mut socket = TcpStream::connect(world.address(8000)).await.expect("it listens");
        // The server may hang up before everything is written.
        let _ = socket.write_all(request).await;
        let mut answer = [0; 16];
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut answer)).await;
        if let Ok(Ok(count)) = read {
            assert!(count == 0 || !answer.starts_with(b"HTTP/1.1 5"), "{:?}", String::from_utf8_lossy(&answer));
        }
    }
    ann.get("/api/profile").await.is(200);
}

#[tokio::test]
async fn a_thousand_idle_connections_cost_nobody_anything() {
    let world = HOUSE.world().await;
    let (ann, bob, room) = pair(&world).await;
    let mut idle = Vec::new();
    for n in 0..1_000 {
        let mut socket = TcpStream::connect(world.address(8000)).await.expect("it listens");
        if n % 2 == 0 {
            socket.write_all(b"POST /api/messages HTTP/1.1\r\nHost: x\r\n").await.expect("taken");
        }
        idle.push(socket);
    }
    ann.send(&room, "still served").await;
    assert_eq!(bob.contents(&room).await, ["still served"]);
    drop(idle);
}
