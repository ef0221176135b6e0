//! You read what you wrote: how a query waits for the read models, and says so when it waited in vain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use command_side::api::{Caller, Error};
use domain::UserId;

use crate::ports::{Directory, LastWrite, Reading, Timeline, Unavailable};
use crate::{Positions, Queries};

/// The header by which a client asks for a position, as given out in `Event-Position`.
const MIN_EVENT_POSITION: &str = "min-event-position";
const STALE: &str = "stale";

/// Whether an answer rests on something that was not fresh enough. Shared by the handler and the layer that says so.
#[derive(Clone, Debug, Default)]
struct Staleness(Arc<AtomicBool>);

/// The layer round every query: says `Stale: true` when the read models were not fresh in time.
pub(crate) async fn say_stale(mut request: Request, next: Next) -> Response {
    let staleness = Staleness::default();
    request.extensions_mut().insert(staleness.clone());
    let mut response = next.run(request).await;
    if staleness.0.load(Ordering::Relaxed) {
        response.headers_mut().insert(STALE, HeaderValue::from_static("true"));
    }
    response
}

/// One query: who asks, and how fresh the answer has to be.
pub(crate) struct Inquiry {
    pub(crate) caller: UserId,
    pub(crate) queries: Arc<Queries>,
    bound: Positions,
    /// Whether the caller is known to have written nothing later.
    is_certain: bool,
    /// The read models are waited for together, not one after the other.
    deadline: Instant,
    staleness: Staleness,
}

impl Inquiry {
    /// A query by `caller` that has to see what they wrote last.
    pub(crate) async fn by(caller: UserId, queries: Arc<Queries>) -> Self {
        let LastWrite { positions: bound, is_certain } = queries.freshness.last_written(caller).await;
        let deadline = Instant::now() + queries.patience;
        Self { caller, queries, bound, is_certain, deadline, staleness: Staleness::default() }
    }

    /// The directory, fresh if it can be had in time.
    pub(crate) async fn directory(&self) -> Result<Arc<dyn Directory>, Unavailable> {
        let reading = self.queries.models.directory(&self.bound, self.rest()).await?;
        Ok(self.noting(reading))
    }

    /// The timeline, fresh if it can be had in time.
    pub(crate) async fn timeline(&self) -> Result<Arc<dyn Timeline>, Unavailable> {
        let reading = self.queries.models.timeline(&self.bound, self.rest()).await?;
        Ok(self.noting(reading))
    }

    /// Lets the answer say that it is stale.
    pub(crate) fn note_stale(&self) {
        self.staleness.0.store(true, Ordering::Relaxed);
    }

    fn noting<M: ?Sized>(&self, reading: Reading<M>) -> Arc<M> {
        if !reading.is_fresh || !self.is_certain {
            self.note_stale();
        }
        reading.model
    }

    fn rest(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Inquiry
where
    Arc<Queries>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let asked = asked_for(parts)?;
        let mut inquiry = Self::by(caller.user, Arc::from_ref(state)).await;
        inquiry.bound.merge(&asked);
        inquiry.staleness = parts.extensions.get().cloned().unwrap_or_default();
        Ok(inquiry)
    }
}

/// The position that the client asks for; nothing when it does not ask.
fn asked_for(parts: &Parts) -> Result<Positions, Error> {
    let Some(value) = parts.headers.get(MIN_EVENT_POSITION) else { return Ok(Positions::default()) };
    let positions = value.to_str().ok().and_then(|text| text.parse().ok());
    positions.ok_or_else(|| Error::Malformed {
        code: "INVALID_EVENT_POSITION",
        detail: "Min-Event-Position is no Event-Position of this server".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use axum::http;

    use super::*;

    fn asking(position: &str) -> Result<Positions, Error> {
        let request = http::Request::builder().header(MIN_EVENT_POSITION, position).body(()).expect("a request");
        asked_for(&request.into_parts().0)
    }

    #[test]
    fn a_position_that_was_given_out_is_taken() {
        let given = Positions::of(0, 12);
        assert_eq!(asking(&given.to_string()).expect("taken"), given);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for nonsense in ["", "12", "-1", "x y", "%00"] {
            assert!(matches!(asking(nonsense), Err(Error::Malformed { code: "INVALID_EVENT_POSITION", .. })));
        }
    }
}
