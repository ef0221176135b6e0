//! A reader of server-sent events that never waits for ever.

use crate::{Call, PATIENCE};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::timeout;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The id, where it has one.
    pub id: Option<String>,
    /// The name.
    pub event: String,
    /// What it says.
    pub data: Value,
}

impl Frame {
    /// The id as a version.
    #[track_caller]
    pub fn version(&self) -> u64 {
        let id = self.id.as_deref().unwrap_or_else(|| panic!("no id: {self:?}"));
        id.parse().unwrap_or_else(|_| panic!("the id is no version: {self:?}"))
    }
}

/// Why there is no stream.
#[derive(Debug)]
pub enum Unopened {
    /// No connection, or it was cut.
    Gone,
    /// No answer in time.
    Silent(String),
    /// An answer, but no stream.
    Refused {
        /// What was asked.
        what: String,
        /// The status.
        status: u16,
        /// The body.
        text: String,
    },
}

/// An open stream of server-sent events.
pub struct Stream {
    what: String,
    /// The headers of the answer.
    pub headers: HeaderMap,
    chunks: BoxStream<'static, reqwest::Result<Bytes>>,
    unparsed: Vec<u8>,
    parsed: VecDeque<Frame>,
    /// The last `retry:` seen.
    pub retry: Option<u64>,
    /// The id of the last event that had one.
    pub last_id: Option<String>,
}

impl Stream {
    /// Opens a stream, which must be granted.
    pub async fn open(call: Call) -> Self {
        let what = format!("{call:?}");
        Self::attempt(call).await.unwrap_or_else(|away| panic!("{what}: {away}"))
    }

    /// Opens a stream, which must be granted if there is a server that can: what came instead from one that can not yet.
    ///
    /// # Errors
    /// There is no server, or it answers 503: to be tried again.
    pub async fn attempt(call: Call) -> Result<Self, String> {
        match Self::ask(call).await {
            Ok(stream) => Ok(stream),
            Err(Unopened::Refused { status: 503, text, .. }) => Err(text),
            Err(Unopened::Refused { what, status, text }) => panic!("{what} -> {status} {text:?}"),
            Err(Unopened::Silent(what)) => panic!("{what}: no answer"),
            Err(Unopened::Gone) => Err("there is no server".to_owned()),
        }
    }

    /// Opens a stream, or says why it is not open.
    ///
    /// # Errors
    /// The server is gone, is silent, or refuses.
    pub async fn ask(call: Call) -> Result<Self, Unopened> {
        let (what, response) = call.header("Accept", "text/event-stream").head().await;
        let Some(response) = response else { return Err(Unopened::Silent(what)) };
        let Ok(response) = response else { return Err(Unopened::Gone) };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if status != 200 {
            return Err(Unopened::Refused { what, status, text: response.text().await.unwrap_or_default() });
        }
        let chunks = response.bytes_stream().boxed();
        Ok(Self { what, headers, chunks, unparsed: Vec::new(), parsed: VecDeque::new(), retry: None, last_id: None })
    }

    /// The next event; none when the stream ended.
    pub async fn next(&mut self) -> Option<Frame> {
        let frame = timeout(PATIENCE, self.next_or_end()).await;
        frame.unwrap_or_else(|_| panic!("{}: silent, after id {:?}", self.what, self.last_id))
    }

    /// The next event if one comes in time; none when none did or the stream ended.
    pub async fn within(&mut self, bound: Duration) -> Option<Frame> {
        timeout(bound, self.next_or_end()).await.ok().flatten()
    }

    /// The next event, which must have this name. Others' read marks may come before it.
    pub async fn expect(&mut self, event: &str) -> Frame {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("{}: ended before {event}", self.what));
            if frame.event == event {
                return frame;
            }
            assert_eq!(frame.event, "messages_read", "{}: {event} should be next: {frame:?}", self.what);
        }
    }

    /// The next event of this name, whatever comes before it.
    pub async fn until(&mut self, event: &str) -> Frame {
        self.collect_until(|frame| frame.event == event).await.pop().expect("the one that was found")
    }

    /// Everything up to the event that is looked for.
    pub async fn collect_until(&mut self, found: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut seen = Vec::new();
        loop {
            let Some(frame) = self.next().await else { panic!("{}: ended after {seen:?}", self.what) };
            let last = found(&frame);
            seen.push(frame);
            if last {
                return seen;
            }
        }
    }

    /// Everything up to the end, which must come.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut seen = Vec::new();
        while let Some(frame) = self.next().await {
            seen.push(frame);
        }
        seen
    }

    /// The same within a bound that is promised.
    pub async fn rest_within(&mut self, bound: Duration) -> Vec<Frame> {
        let what = self.what.clone();
        timeout(bound, self.rest()).await.unwrap_or_else(|_| panic!("{what}: still open after {bound:?}"))
    }

    async fn next_or_end(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.parsed.pop_front() {
                self.last_id = frame.id.clone().or(self.last_id.take());
                return Some(frame);
            }
            // A connection that breaks off is an end like any other: the client resumes.
            let chunk = self.chunks.next().await?.ok()?;
            self.unparsed.extend_from_slice(&chunk);
            self.parse();
        }
    }

    fn parse(&mut self) {
        while let Some(end) = self.unparsed.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.unparsed.drain(..end + 2).collect();
            let text = String::from_utf8(block).expect("a stream is UTF-8");
            self.take(&text);
        }
    }

    fn take(&mut self, block: &str) {
        let (mut id, mut event, mut data) = (None, String::from("message"), Vec::new());
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => id = Some(value.to_owned()),
                "event" => value.clone_into(&mut event),
                "data" => data.push(value),
                "retry" => self.retry = value.parse().ok(),
                // A comment keeps the connection alive.
                _ => {}
            }
        }
        if !data.is_empty() {
            let data = data.join("\n");
            let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
            self.parsed.push_back(Frame { id, event, data });
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} after {:?})", self.what, self.last_id)
    }
}
