//! One request is one trace: from the call through the append and the projection to the stream.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use world::World;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// What takes spans by OTLP over HTTP, as a collector does.
struct Receiver {
    url: String,
    /// With the service that told them.
    spans: Arc<Mutex<Vec<(String, Span)>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let spans: Arc<Mutex<Vec<_>>> = Arc::default();
        let kept = spans.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(take(socket, kept.clone()));
            }
        });
        Self { url, spans }
    }

    /// The spans of a trace by name, once all of `names` are there.
    async fn trace(&self, id: &str, names: &[&str]) -> HashMap<String, (String, Span)> {
        world::eventually("the spans", async || {
            let all = self.spans.lock().clone();
            let of = all.into_iter().filter(|(_, span)| hex(&span.trace_id) == id);
            let of: HashMap<_, _> = of.map(|(service, span)| (span.name.clone(), (service, span))).collect();
            names.iter().all(|name| of.contains_key(*name)).then_some(of)
        })
        .await
    }
}

/// Serves one connection: each request is a batch.
async fn take(socket: TcpStream, spans: Arc<Mutex<Vec<(String, Span)>>>) -> Option<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let (mut length, mut line) = (0, String::new());
        let mut is_first = true;
        loop {
            line.clear();
            socket.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
            if std::mem::take(&mut is_first) {
                assert!(line.starts_with("POST /v1/traces "), "{line}");
            }
            let (name, value) = line.trim_end().split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.ok()?;
        let batch = ExportTraceServiceRequest::decode(&*body).expect("protobuf");
        for told in batch.resource_spans {
            let attributes = told.resource.unwrap_or_default().attributes;
            let service =
                attributes.iter().find(|attribute| attribute.key == "service.name").map(|name| format!("{name:?}"));
            let told = told.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.lock().extend(told.map(|span| (service.clone().unwrap_or_default(), span)));
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok()?;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_send_is_one_trace_from_the_call_to_the_stream() {
    let receiver = Receiver::start().await;
    let world = World::options().setting("CHAT_OTLP", &receiver.url).start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    let mut stream = bob.listen(&format!("/api/messages/stream/{}", room.id)).await;
    let send = ann.post("/api/messages", json!({ "room_id": room.id, "content": "lunch?" }));
    let sent = send.header("traceparent", &format!("00-{TRACE}-{PARENT}-01")).await.is(201);
    assert_eq!(sent.header("x-correlation-id"), Some(TRACE));
    stream.until("new_message").await;

    let (call, append) = ("POST /api/messages", "append");
    let mut after = vec!["project timeline", "deliver"];
    if world::is_distributed() {
        after.push("relay");
    }
    let names = [&[call, append][..], &after[..]].concat();
    let spans = receiver.trace(TRACE, &names).await;

    let [call, append] = [call, append].map(|name| &spans[name].1);
    assert_eq!(hex(&call.parent_span_id), PARENT);
    assert_eq!(append.parent_span_id, call.span_id);
    for name in after {
        assert_eq!(spans[name].1.parent_span_id, append.span_id, "{name}");
    }
    for span in names.into_iter().map(|name| &spans[name].1) {
        assert!(span.start_time_unix_nano > 0 && span.end_time_unix_nano >= span.start_time_unix_nano, "{span:?}");
    }
    assert!(spans["append"].0.contains("bigtech-chat"), "{}", spans["append"].0);
    assert!(format!("{:?}", call.attributes).contains("http.route"));
    assert_eq!(world.stop().await, 0);
}

#[tokio::test]
async fn what_was_told_before_the_end_is_exported_at_the_end_and_a_receiver_that_is_away_hinders_nothing() {
    let receiver = Receiver::start().await;
    let world = World::options().setting("CHAT_OTLP", &receiver.url).start().await;
    world.anyone().get("/api/nothing").header("traceparent", &format!("00-{TRACE}-{PARENT}-01")).await.refused(404);
    assert_eq!(world.stop().await, 0);
    receiver.trace(TRACE, &["GET none"]).await;

    let away = World::options().setting("CHAT_OTLP", "http://127.0.0.1:9").start().await;
    away.person("ann").await;
    assert_eq!(away.stop().await, 0, "{}", away.log());
}

#[tokio::test]
async fn nothing_is_sent_of_traces_that_are_not_sampled() {
    let receiver = Receiver::start().await;
    let world = World::options().setting("CHAT_OTLP", &receiver.url).setting("CHAT_OTLP_RATIO", "0").start().await;
    world.person("ann").await;
    assert_eq!(world.stop().await, 0);
    assert!(receiver.spans.lock().is_empty());
}

#[tokio::test]
async fn a_line_of_the_log_says_which_service_and_for_which_request() {
    let world = World::options().setting("CHAT_LOG", "infra=debug").start().await;
    world.anyone().get("/api/nothing").header("traceparent", &format!("00-{TRACE}-{PARENT}-01")).await.refused(404);
    let line = world::eventually("a line", async || {
        let lines = world.log();
        let mut lines = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.find(|line| line["correlation_id"] == TRACE)
    });
    let line = line.await;
    assert_eq!(
        (&line["trace_id"], &line["service"], &line["level"]),
        (&json!(TRACE), &json!("bigtech-chat"), &json!("DEBUG"))
    );
}
