//! A command with a body, as it comes in.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::asker::{Arrival, Asker};
use super::extract::{json, parse};
use super::{Commands, Error};

/// Who asks, and what for.
#[derive(Debug)]
pub(super) struct Command<T> {
    pub(super) asker: Asker,
    pub(super) body: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Commands>> for Command<T> {
    type Rejection = Error;

    async fn from_request(request: Request, commands: &Arc<Commands>) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let arrival = Arrival::of(&mut parts).await?;
        let bytes = json(Request::from_parts(parts, body), commands).await?;
        let body = parse(&bytes)?;
        // Only a request with a key is ever compared with another. What can not be held as a value, a number out of range in a field that
        // nobody reads, is the same when its text is.
        let value = || parse(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let whole = arrival.is_keyed().then(value);
        Ok(Self { asker: arrival.asker(commands, whole.as_ref()), body })
    }
}
