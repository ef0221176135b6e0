//! Commands on their way, and what comes back.

use domain::{Actor, Decide, Envelope, Event, Refusal, StreamId, UserId, Version};
use uuid::Uuid;

use crate::ports::{Claim, ClaimKind, Credential, Digest, Unavailable};

/// A command on its way to its aggregate.
#[derive(Clone)]
pub struct Order<A: Decide> {
    /// The aggregate's id.
    pub id: Uuid,
    /// The command's name in metrics, such as `send_message`.
    pub name: &'static str,
    pub command: A::Command,
    pub actor: Actor,
    pub key: Option<Key>,
    /// Other streams that were judged, and at which version.
    pub guards: Vec<(StreamId, Version)>,
    pub claims: Vec<Claim>,
    pub credential: Option<Credential>,
}

/// An idempotency key: the same `key` of the same user means the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub user: UserId,
    pub key: Digest,
    pub request: Digest,
    /// The status of the answer.
    pub status: u16,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its events are durable; this is the last of them.
    Done(Envelope<Event>),
    /// Its key was used before, and this is the last event that came of it then.
    Repeated(Envelope<Event>),
    /// Nothing was to be changed; this is the last event of the stream, if it has one.
    Unchanged(Option<Envelope<Event>>),
}

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.detail)]
    Refused(Refusal),
    #[error("the key was used for another request")]
    KeyReused,
    #[error("{0:?} is taken")]
    ClaimTaken(ClaimKind),
    #[error("what was judged has changed: judge again")]
    GuardBroken,
    #[error("too much is waiting")]
    Busy,
    #[error("{0}")]
    Unavailable(String),
}

impl From<Unavailable> for Error {
    fn from(away: Unavailable) -> Self {
        Self::Unavailable(away.0)
    }
}

/// The outcome's name in metrics.
pub(super) const fn outcome_name(answer: &Result<Outcome, Error>) -> &'static str {
    match answer {
        Ok(Outcome::Done(_)) => "done",
        Ok(Outcome::Repeated(_)) => "repeated",
        Ok(Outcome::Unchanged(_)) => "unchanged",
        Err(Error::Refused(_)) => "refused",
        Err(Error::KeyReused | Error::ClaimTaken(_) | Error::GuardBroken) => "conflict",
        Err(Error::Busy) => "busy",
        Err(Error::Unavailable(_)) => "unavailable",
    }
}
