//! Browsers of other origins.

use reqwest::Method;
use world::{Call, Caller, Options, World};

const FRIEND: &str = "https://chat.example";

fn allowing() -> Options {
    World::options().setting("CHAT_CORS_ORIGINS", FRIEND)
}

fn preflight(caller: &Caller, origin: &str, method: &str) -> Call {
    caller
        .call(Method::OPTIONS, "/api/messages")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type,idempotency-key,last-event-id,min-event-position",
        )
}

#[tokio::test]
async fn an_origin_on_the_list_may_do_everything_that_a_client_does() {
    let world = allowing().start().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let reply = preflight(&world.anyone(), FRIEND, method).await;
        assert!([200, 204].contains(&reply.status), "{}", reply.story());
        assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND));
        let methods = reply.header("access-control-allow-methods").expect("methods");
        assert!(methods.contains(method) || methods == "*", "{methods}");
        let headers = reply.header("access-control-allow-headers").expect("headers").to_lowercase();
        for header in ["authorization", "content-type", "idempotency-key", "last-event-id", "min-event-position"] {
            assert!(headers.contains(header), "{header} not in {headers}");
        }
    }
}

#[tokio::test]
async fn an_origin_not_on_the_list_is_granted_nothing() {
    let world = allowing().start().await;
    for origin in ["https://evil.example", "https://chat.example.evil", "http://chat.example", "null"] {
        let reply = preflight(&world.anyone(), origin, "POST").await;
        assert_eq!(reply.header("access-control-allow-origin"), None, "{}", reply.story());
        let reply = world.anyone().get("/health").header("Origin", origin).await.is(200);
        assert_eq!(reply.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn answers_and_refusals_are_readable_with_the_headers_that_matter() {
    let world = allowing().start().await;
    let ann = world.person("ann").await;
    for call in [ann.get("/api/profile"), world.anyone().get("/api/profile"), ann.get("/nowhere")] {
        let reply = call.header("Origin", FRIEND).await;
        assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND), "{}", reply.story());
        let exposed = reply.header("access-control-expose-headers").expect("exposed").to_lowercase();
        for header in ["event-position", "stale", "x-correlation-id", "link", "retry-after"] {
            assert!(exposed.contains(header), "{header} not in {exposed}");
        }
    }
}
