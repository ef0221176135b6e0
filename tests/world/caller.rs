//! Somebody at the other end of a connection, with or without a token.

use crate::{Call, Stream, Trail};
use reqwest::{Client, ClientBuilder, Method};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Somebody who calls the server: anonymous, or with a token.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) client: Client,
    /// Where calls go: each to the next.
    bases: Arc<[String]>,
    turn: Arc<AtomicUsize>,
    pub(crate) trail: Trail,
    pub(crate) user: String,
    pub(crate) token: Option<String>,
}

/// A client without TLS; but it is built with it, because the program's own is, and then wants to know whose.
pub(crate) fn client() -> ClientBuilder {
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().no_proxy()
}

impl Caller {
    pub(crate) fn new(base: String, trail: Trail) -> Self {
        let client = client().redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client without TLS");
        let (bases, turn) = (Arc::new([base]), Arc::default());
        Self { client, bases, turn, trail, user: String::new(), token: None }
    }

    /// The same with another token, or something that claims to be one.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same without a token.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self { token: None, user: String::new(), ..self.clone() }
    }

    /// The same at another port of the process.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        self.at_each(&[address.to_owned()])
    }

    /// The same at several processes, as behind a balancer: each call goes to the next of them.
    #[must_use]
    pub fn at_each(&self, addresses: &[String]) -> Self {
        let bases = addresses.iter().map(|address| format!("http://{address}")).collect();
        Self { bases, turn: Arc::default(), ..self.clone() }
    }

    /// Where the next call goes.
    pub(crate) fn base(&self) -> &str {
        &self.bases[self.turn.fetch_add(1, Ordering::Relaxed) % self.bases.len()]
    }

    /// Any call.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self, method, path)
    }

    /// GET.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// POST without a body.
    pub fn act(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// PUT without a body.
    pub fn mark(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }

    /// PATCH of JSON.
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Opens a stream, which must be granted.
    pub async fn listen(&self, path: &str) -> Stream {
        Stream::open(self.get(path)).await
    }

    /// Opens a stream that goes on after an id.
    pub async fn resume(&self, path: &str, last: &str) -> Stream {
        Stream::open(self.get(path).header("Last-Event-ID", last)).await
    }
}
