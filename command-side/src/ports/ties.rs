//! What somebody is tied to.

use std::time::Duration;

use async_trait::async_trait;
use domain::{RoomId, UserId};

use super::Unavailable;

/// What somebody is or ever was part of, from read models that have passed everything that was appended before the call.
#[async_trait]
pub trait Ties: Send + Sync {
    /// At most `limit` rooms that `user` is or ever was a member of, behind `after`, ordered by id.
    ///
    /// # Errors
    /// The read model is away, or does not get there in time.
    async fn rooms(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable>;

    /// At most `limit` people with whom `user` ever had to do (requests, friendships, blocks), behind `after`, ordered by id.
    ///
    /// # Errors
    /// As [`Ties::rooms`].
    async fn others(&self, user: UserId, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Unavailable>;

    /// Waits until all read models have passed everything that is appended by now, for `wait` at most; whether they have.
    async fn are_caught_up(&self, wait: Duration) -> bool;
}
