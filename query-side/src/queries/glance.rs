//! What a command's reply shows of a room besides what the events say.

use std::sync::Arc;

use command_side::api::Error;
use command_side::api::views::MessageView;
use domain::{RoomId, UserId};
use serde_json::Value;

use super::Queries;
use super::readers::Readers;
use crate::freshness::Inquiry;
use crate::ports::{Membership, NumberedMessage, Reached};

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
        // A repeated command is answered long after: who is not in the room any more sees nothing of it.
        if state.membership != Membership::Member {
            return Ok(Glance::default());
        }
        let last = timeline.last_messages(&[(room, state.applied)]).await?;
        let last = inquiry.complete(&*timeline, last).await?.pop();
        let last_message = last.map(serde_json::to_value).transpose().map_err(|_| Error::Internal)?;
        Ok(Glance { last_message, unread_count: state.unread })
    }
    /// How many messages of `room` up to the `number`-th `user` has not read.
    ///
    /// # Errors
    /// When a read model is away.
    pub async fn unread(self: &Arc<Self>, user: UserId, room: RoomId, number: u64) -> Result<u64, Error> {
        let inquiry = Inquiry::by(user, self.clone()).await;
        Ok(inquiry.timeline().await?.unread(user, room, number).await?)
    }

    /// `message` with those who have read it.
    ///
    /// # Errors
    /// When a read model is away.
    pub async fn readers(self: &Arc<Self>, user: UserId, message: NumberedMessage) -> Result<MessageView, Error> {
        let inquiry = Inquiry::by(user, self.clone()).await;
        let readers = inquiry.timeline().await?.readers(&[Reached::from(&message)]).await?;
        let (read_by, read_count) = Readers::of(readers).of_message(&message);
        Ok(MessageView { read_by: Some(read_by), read_count, ..message.view })
    }
}
