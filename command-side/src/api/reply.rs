//! Answers: noted for the next read before they leave.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use domain::stored::Raw;
use domain::{Envelope, Event, UserId};
use serde::Serialize;
use uuid::Uuid;

use super::asker::Act;
use super::{Commands, Error};
use crate::dispatch::Outcome;

pub(super) const EVENT_POSITION: HeaderName = HeaderName::from_static("event-position");

/// Where the log was when a command was carried out, as clients get it.
pub(super) struct Noted(Option<HeaderValue>);

/// An event's payload, of which it is known what it is about.
pub(super) trait About: Sync {
    /// What it is about inside its stream, whose own id is `own`.
    fn subject(&self, own: Uuid) -> Uuid;
}

impl About for Event {
    fn subject(&self, own: Uuid) -> Uuid {
        domain::event::subject(self, own)
    }
}

impl About for Raw {
    fn subject(&self, _: Uuid) -> Uuid {
        self.subject
    }
}

impl Commands {
    /// Notes that `user` has seen `event`: what they read next is not older.
    pub(super) async fn note<P: About>(&self, user: UserId, event: &Envelope<P>) -> Noted {
        let subject = event.payload.subject(event.stream.id);
        let position = self.written.note(user, event.stream, subject, event.position).await;
        Noted(HeaderValue::try_from(position).ok())
    }

    /// Answers without a body.
    pub(super) async fn done(&self, user: UserId, act: Act, outcome: Outcome) -> Result<Response, Error> {
        Ok(self.note_last(user, outcome).await?.mark(act.1.into_response()))
    }

    /// Notes the last event that came of a command.
    pub(super) async fn note_last(&self, user: UserId, outcome: Outcome) -> Result<Noted, Error> {
        if let Some(event) = last(outcome) {
            return Ok(self.note(user, &event).await);
        }
        // Where nothing ever happened, who asks is all there is to see.
        let version = self.users.look(user.0).await?.version;
        let own = self.history.at(user.into(), version).await?.ok_or(Error::Internal)?;
        Ok(self.note(user, &own).await)
    }
}

impl Noted {
    /// Answers with `body`.
    pub(super) fn with(self, act: Act, body: impl Serialize) -> Response {
        self.mark((act.1, Json(body)).into_response())
    }

    fn mark(self, mut response: Response) -> Response {
        if let Some(position) = self.0 {
            response.headers_mut().insert(EVENT_POSITION, position);
        }
        response
    }
}

/// The last event that came of a command; where nothing was to be changed, that of its stream.
fn last(outcome: Outcome) -> Option<Envelope> {
    match outcome {
        Outcome::Done(event) | Outcome::Repeated(event) => Some(event),
        Outcome::Unchanged(event) => event,
    }
}

/// The same where a stream must have an event, because otherwise the command would have been refused.
pub(super) fn last_of_some(outcome: Outcome) -> Result<Envelope, Error> {
    last(outcome).ok_or(Error::Internal)
}
