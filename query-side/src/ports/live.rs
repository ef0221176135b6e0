//! What live streams need besides the log and the read models.

use domain::{RoomId, SessionId, UserId};
use tokio::sync::{broadcast, watch};

/// Learning that a session is over, wherever it was ended.
pub trait Sessions: Send + Sync {
    /// Whether `session` is over.
    fn is_ended(&self, session: SessionId) -> bool;

    /// The sessions that end from now on. Whoever lags behind asks [`Sessions::is_ended`] of each of their own.
    fn endings(&self) -> broadcast::Receiver<SessionId>;

    /// How often it was lost track of which sessions end. Whoever is let in by then may belong to one that is over, and
    /// [`Sessions::is_ended`] need not know it: they have to show a token again.
    fn losses(&self) -> watch::Receiver<u64>;
}

/// What is counted of streams; never fails and never waits.
pub trait Meter: Send + Sync {
    /// A stream was opened.
    fn stream_opened(&self);

    /// A stream ended, for whatever reason.
    fn stream_closed(&self);

    /// `frames` events were handed to one subscriber.
    fn delivered(&self, frames: u64);

    /// A subscriber has to reload.
    fn reset(&self);
}

/// Is told who has which room before their eyes; never fails and never waits.
pub trait Watched: Send + Sync {
    /// A stream of `room` was opened for `user`; there may be several.
    fn came(&self, user: UserId, room: RoomId);

    /// One of them is over.
    fn went(&self, user: UserId, room: RoomId);
}
