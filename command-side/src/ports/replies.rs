//! What a reply shows besides what the events say, and what is noted before one leaves.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{Position, RoomId, StreamId, UserId, Version};
use serde_json::Value;
use uuid::Uuid;

use crate::api::views::{MessageView, Presence};

/// How somebody is shown to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub username: Option<String>,
    pub nickname: String,
}

/// What a room's reply shows from the read models, as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomGlance {
    /// The last message as the read API gives it.
    pub last_message: Option<Value>,
    pub unread_count: u64,
}

/// Looking at the read models for a reply. What can not be had is left out: a reply never fails for it.
#[async_trait]
pub trait People: Send + Sync {
    /// The names of those of `users` who are known; may come from a cache.
    async fn names(&self, users: &[UserId]) -> HashMap<UserId, Person>;

    /// Whether `user` is online.
    async fn presence(&self, user: UserId) -> Presence;

    /// How `room` looks to `user` once the read models have passed what `user` wrote last.
    async fn glance(&self, user: UserId, room: RoomId) -> RoomGlance;

    /// How many messages of `room` up to the `number`-th `user` has not read, as they are then.
    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> u64;

    /// `message`, the `number`-th of its room, with those who have read it, as they are then.
    async fn with_readers(&self, user: UserId, message: MessageView, number: u64) -> MessageView;

    /// What there is to show of what `user` was told at this version of their inbox.
    async fn preview(&self, user: UserId, version: Version) -> Option<String>;
}

/// Notes what a user wrote, so that their next read waits for it.
#[async_trait]
pub trait Written: Send + Sync {
    /// Notes that `user` has seen an event of `stream` about `subject` at `position`; returns the opaque `Event-Position`.
    async fn note(&self, user: UserId, stream: StreamId, subject: Uuid, position: Position) -> String;
}
