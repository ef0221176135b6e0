//! One call, put together and then awaited.

use crate::{Caller, PATIENCE, Reply, Trail};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

/// A call that is made when it is awaited.
#[derive(Debug)]
#[must_use = "a call is made when it is awaited"]
pub struct Call {
    request: RequestBuilder,
    what: String,
    user: String,
    trail: Trail,
    bound: Option<String>,
    patience: Duration,
}

impl Call {
    pub(crate) fn new(caller: &Caller, method: Method, path: &str) -> Self {
        let what = format!("{method} {path}");
        let mut request = caller.client.request(method.clone(), format!("{}{path}", caller.base()));
        if let Some(token) = &caller.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let bound = caller.trail.bound_for(&caller.user).filter(|_| method == Method::GET && caller.token.is_some());
        let (user, trail) = (caller.user.clone(), caller.trail.clone());
        Self { request, what, user, trail, bound, patience: PATIENCE }
    }

    /// With a JSON body.
    pub fn json(self, body: Value) -> Self {
        let what = format!("{} {}", self.what, clip(&body.to_string()));
        Self { request: self.request.json(&body), what, ..self }
    }

    /// With these bytes as body.
    pub fn raw(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        self.header("Content-Type", content_type).with_body(body)
    }

    fn with_body(self, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.body(body), ..self }
    }

    /// With the fields of an HTML form as body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Self { request: self.request.form(fields), ..self }
    }

    /// With a form of parts, which may be files.
    pub fn parts(self, form: reqwest::multipart::Form) -> Self {
        Self { request: self.request.multipart(form), ..self }
    }

    /// With parameters, encoded.
    pub fn query(self, parameters: &[(&str, &str)]) -> Self {
        let what = format!("{} {parameters:?}", self.what);
        Self { request: self.request.query(parameters), what, ..self }
    }

    /// With another header.
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// With an `Idempotency-Key`.
    pub fn with_key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Bound to what somebody's command answered.
    pub fn after(self, command: &Reply) -> Self {
        let position = command.position();
        self.bound_to(&position)
    }

    /// With this `Min-Event-Position`.
    pub fn bound_to(self, position: &str) -> Self {
        Self { bound: Some(position.into()), ..self }
    }

    /// Bound to nothing but what the server itself keeps.
    pub fn unbound(self) -> Self {
        Self { bound: None, ..self }
    }

    /// Given up after this long.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn bounded(self) -> Self {
        match self.bound.clone() {
            Some(position) => self.header("Min-Event-Position", &position),
            None => self,
        }
    }

    /// The answer, or an error when the server went away.
    pub async fn attempt(self) -> Result<Reply, reqwest::Error> {
        let call = self.bounded();
        let response = call.request.timeout(call.patience).send().await?;
        let reply = Reply::read(call.what, response).await?;
        if let Some(position) = reply.header("Event-Position") {
            call.trail.wrote(&call.user, position);
        }
        Ok(reply)
    }

    /// The answer, with its body left to be read as slowly as one likes.
    pub async fn response(self) -> Response {
        let (what, response) = self.head().await;
        response.and_then(Result::ok).unwrap_or_else(|| panic!("{what}: no answer"))
    }

    /// The answer's head, with the body left to be read; none when it did not come in time.
    pub(crate) async fn head(self) -> (String, Option<reqwest::Result<Response>>) {
        let Self { request, what, patience, .. } = self.bounded();
        let asked = tokio::time::timeout(patience, request.send()).await;
        (what, asked.ok())
    }
}

fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let what = self.what.clone();
            self.attempt().await.unwrap_or_else(|error| panic!("{what}: {error:?}"))
        })
    }
}
