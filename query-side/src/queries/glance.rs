//! What a command's reply shows of a room besides what the events say.

use std::sync::Arc;

use command_side::api::Error;
use domain::{RoomId, UserId};
use serde_json::Value;

use super::Queries;
use crate::freshness::Inquiry;

/// A room's last message and what is unread in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Glance {
    /// As the read API gives it.
    pub last_message: Option<Value>,
    pub unread_count: u64,
}

impl Queries {
    /// How `room` looks to `user` once the read models have passed what they wrote last, or as it is after a while.
    ///
    /// # Errors
    /// When a read model is away.
    pub async fn glance(self: &Arc<Self>, user: UserId, room: RoomId) -> Result<Glance, Error> {
        let inquiry = Inquiry::by(user, self.clone()).await;
        let timeline = inquiry.timeline().await?;
        let state = timeline.room(user, room).await?;
        let last = timeline.last_messages(&[room]).await?;
        let last = inquiry.complete(&*timeline, last).await?.pop();
        let last_message = last.map(serde_json::to_value).transpose().map_err(|_| Error::Internal)?;
        Ok(Glance { last_message, unread_count: state.unread })
    }
}
