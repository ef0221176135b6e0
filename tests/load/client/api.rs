//! Calls whose answers are read as JSON: what prepares a scenario, and what walks a flow.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::connection::Connection;
use super::request::Request;
use crate::error::Error;

/// The longest that one call may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Api {
    connection: Connection,
}

/// A 2xx answer.
pub(crate) struct Answer {
    call: String,
    pub(crate) body: Value,
    /// `Event-Position`: what a later query can ask to see.
    pub(crate) position: Option<String>,
}

impl Answer {
    pub(crate) fn text(&self, field: &'static str) -> Result<String, Error> {
        let value = self.body[field].as_str().map(str::to_owned);
        value.ok_or_else(|| Error::Missing { call: self.call.clone(), field })
    }
}

impl Api {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Error> {
        let connection = Connection::open(address).await?;
        Ok(Self { connection })
    }

    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Result<Answer, Error> {
        self.get_after(path, token, None).await
    }

    /// A query that is to see what happened up to `position`.
    pub(crate) async fn get_after(&mut self, path: &str, token: &str, position: Option<&str>) -> Result<Answer, Error> {
        let request = Request::render("GET", path, Some(token), position, "");
        self.call(format!("GET {path}"), &request).await
    }

    pub(crate) async fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Answer, Error> {
        let request = Request::post(path, token, body);
        self.call(format!("POST {path}"), &request).await
    }

    /// A POST by nobody in particular: registration, login, refresh.
    pub(crate) async fn post_openly(&mut self, path: &str, body: &Value) -> Result<Answer, Error> {
        let request = Request::render("POST", path, None, None, &body.to_string());
        self.call(format!("POST {path}"), &request).await
    }

    async fn call(&mut self, call: String, request: &Request) -> Result<Answer, Error> {
        let exchange = self.connection.exchange(request.bytes());
        let reply = timeout(PATIENCE, exchange).await.map_err(|_| Error::TimedOut("a call"))??;
        if !(200..300).contains(&reply.status) {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            let status = reply.status;
            return Err(Error::Refused { call, status, body });
        }
        Ok(Answer {
            call,
            position: reply.header("event-position"),
            body: serde_json::from_slice(&reply.body).unwrap_or(Value::Null),
        })
    }
}
