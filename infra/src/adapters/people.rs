//! What replies show of people and rooms, looked up in the read models.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::api::Error;
use command_side::api::views::{MessageView, Presence};
use command_side::ports::{People, Person, RoomGlance};
use domain::{RoomId, UserId};
use query_side::Queries;
use query_side::names::Names;
use query_side::ports::NumberedMessage;

/// Looks through the read side.
pub struct ReadPeople {
    names: Arc<Names>,
    queries: Arc<Queries>,
}

impl ReadPeople {
    /// Names from `names`, the rest by queries.
    #[must_use]
    pub const fn new(names: Arc<Names>, queries: Arc<Queries>) -> Self {
        Self { names, queries }
    }
}

#[async_trait]
impl People for ReadPeople {
    async fn names(&self, users: &[UserId]) -> HashMap<UserId, Person> {
        let known = self.names.of(users).await;
        let missing: Vec<_> = users.iter().copied().filter(|user| !known.contains_key(user)).collect();
        if missing.is_empty() {
            return known;
        }
        // Somebody who came a moment ago: the directory need not have got so far.
        self.queries.catch_up_with(&missing).await;
        self.names.of(users).await
    }

    async fn presence(&self, user: UserId) -> Presence {
        self.queries.presence(user).await
    }

    async fn glance(&self, user: UserId, room: RoomId) -> RoomGlance {
        let glance = self.queries.glance(user, room).await.map_err(left_out).unwrap_or_default();
        RoomGlance { last_message: glance.last_message, unread_count: glance.unread_count }
    }

    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> u64 {
        self.queries.unread(user, room, number).await.map_err(left_out).unwrap_or_default()
    }

    async fn with_readers(&self, user: UserId, message: MessageView, number: u64) -> MessageView {
        let readers = self.queries.readers(user, NumberedMessage { number, view: message.clone() }).await;
        readers.map_err(left_out).unwrap_or(message)
    }
}

fn left_out(error: Error) {
    tracing::warn!(%error, "a reply leaves out what the read models would say");
}
