//! Who asks. The HTTP edge puts both into the request's extensions; handlers take them as arguments.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Actor, SessionId, UserId};
use uuid::Uuid;

use super::Error;

/// The signed-in user, and the session that they are signed in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub user: UserId,
    pub session: SessionId,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        parts.extensions.get().copied().ok_or(Error::Unauthenticated)
    }
}

/// What ties this request to others, and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub request_id: Uuid,
    pub correlation_id: String,
    /// The client's address as limits count it, without the port: of IPv6 its network.
    pub address: String,
}

impl Trace {
    /// What the events of this request carry.
    #[must_use]
    pub fn actor(&self, user: Option<UserId>) -> Actor {
        Actor { user, causation_id: Some(self.request_id), correlation_id: self.correlation_id.clone() }
    }
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}
