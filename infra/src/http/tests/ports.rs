//! Real connections.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::time::{sleep, timeout};

use super::{parts, settings};
use crate::config::Settings;
use crate::http::{Listeners, serve_until};

const PATIENCE: Duration = Duration::from_secs(10);

/// A server of this process, until it is told to end.
struct Server {
    port_offset: u16,
    end: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<()>,
    streams_end: watch::Receiver<bool>,
}

impl Server {
    fn start(settings: Settings) -> Self {
        let (listeners, port_offset) = (20_000..50_000)
            .step_by(10)
            .find_map(|port_offset| {
                Some((Listeners::bind(&Settings { port_offset, ..settings.clone() }).ok()?, port_offset))
            })
            .expect("free ports");
        let (end, asked) = oneshot::channel();
        let (ending, streams_end) = watch::channel(false);
        let asked = async move { asked.await.unwrap_or_default() };
        let ended = tokio::spawn(async move { serve_until(asked, listeners, &parts(), &settings, ending).await });
        Self { port_offset, end: Some(end), ended, streams_end }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", 8000 + self.port_offset)).await.expect("it listens")
    }

    async fn end(mut self) {
        self.end.take().expect("once").send(()).expect("it runs");
        timeout(PATIENCE, self.ended).await.expect("in time").expect("without a panic");
        assert!(*self.streams_end.borrow());
    }
}

fn quick() -> Settings {
    let short = Duration::from_millis(200);
    Settings {
        header_timeout: short,
        idle_timeout: 4 * short,
        stall_timeout: short,
        shutdown_grace: short,
        ..settings()
    }
}

async fn says(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("taken");
}

/// Reads until the text holds `end`, or to the end of the connection.
async fn hears(socket: &mut TcpStream, end: &str) -> String {
    let mut heard = String::new();
    let mut bytes = [0; 4096];
    let reading = async {
        while end.is_empty() || !heard.contains(end) {
            match socket.read(&mut bytes).await {
                Ok(0) | Err(_) => break,
                Ok(count) => heard.push_str(&String::from_utf8_lossy(&bytes[..count])),
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("nothing more comes"));
    heard
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::start(settings());
    let mut socket = server.connect().await;
    for _ in 0..3 {
        says(&mut socket, "GET /toy HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let answer = hears(&mut socket, "plain").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("x-correlation-id"), "{answer}");
    }
    says(&mut socket, "GET /toy/trace HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(hears(&mut socket, "]").await.contains("127.0.0.1"));
    says(&mut socket, "HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let both = hears(&mut socket, "healthy").await;
    assert!(both.starts_with("HTTP/1.1 404") && !both.contains("NOT_FOUND"), "{both}");
    server.end().await;
    assert_eq!(hears(&mut socket, "").await, "", "idle, so closed");
}

#[tokio::test]
async fn who_never_finishes_a_head_is_hung_up_on_and_who_is_idle_a_little_later() {
    let server = Server::start(quick());
    let mut silent = server.connect().await;
    let mut dripping = server.connect().await;
    let mut idle = server.connect().await;
    let mut streaming = server.connect().await;
    says(&mut dripping, "GET /toy HTTP/1.1\r\nHo").await;
    says(&mut streaming, "GET /toy/stream HTTP/1.1\r\nHost: x\r\n\r\n").await;
    hears(&mut streaming, "\r\n\r\n").await;
    says(&mut idle, "GET /toy HTTP/1.1\r\nHost: x\r\n\r\n").await;
    hears(&mut idle, "plain").await;
    assert_eq!(hears(&mut silent, "").await, "");
    assert_eq!(hears(&mut dripping, "").await, "");
    says(&mut idle, "GET /toy HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(hears(&mut idle, "plain").await.contains("200"), "not yet");
    assert_eq!(hears(&mut idle, "").await, "");
    assert!(timeout(Duration::from_millis(500), streaming.read_u8()).await.is_err(), "a stream goes on");
    let drips = async { hears(&mut streaming, "").await };
    let ((), rest) = tokio::join!(server.end(), drips);
    assert_eq!(rest, "", "and is cut off after the grace when it does not end by itself");
}

#[tokio::test]
async fn what_was_asked_is_answered_before_the_end() {
    let server = Server::start(settings());
    let mut socket = server.connect().await;
    says(&mut socket, "POST /toy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{")
        .await;
    sleep(Duration::from_millis(50)).await;
    let answered = async {
        sleep(Duration::from_millis(100)).await;
        says(&mut socket, "}").await;
        hears(&mut socket, "").await
    };
    let ((), answer) = tokio::join!(server.end(), answered);
    assert!(answer.contains("200 OK") && answer.ends_with("{}"), "{answer}");
}

#[tokio::test]
async fn above_the_most_connections_new_ones_are_closed() {
    let server = Server::start(Settings { max_connections: 2, ..settings() });
    let kept = [server.connect().await, server.connect().await];
    let mut third = server.connect().await;
    assert_eq!(hears(&mut third, "").await, "");
    drop(kept);
    sleep(Duration::from_millis(50)).await;
    let mut fourth = server.connect().await;
    says(&mut fourth, "GET /toy HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(hears(&mut fourth, "plain").await.contains("200"));
    server.end().await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let server = Server::start(settings());
    let error = Listeners::bind(&Settings { port_offset: server.port_offset, ..settings() }).unwrap_err();
    let address = format!("can not listen on 127.0.0.1:{}", 8000 + server.port_offset);
    assert_eq!(error.to_string(), format!("{address}: Address already in use (os error 98)"));
    server.end().await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_hung_up_on() {
    let server = Server::start(Settings { body_limit: 64 << 20, ..quick() });
    let mut socket = server.connect().await;
    let size = 32 << 20;
    says(
        &mut socket,
        &format!("POST /toy HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n\""),
    )
    .await;
    says(&mut socket, &"x".repeat(size - 2)).await;
    says(&mut socket, "\"").await;
    sleep(Duration::from_secs(2)).await;
    let answer = hears(&mut socket, "").await;
    assert!(answer.len() < size, "cut off");
    server.end().await;
}
