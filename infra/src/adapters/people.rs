//! What replies show of people and rooms, looked up in the read models.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::{People, Person, RoomGlance};
use domain::{RoomId, UserId};
use query_side::names::Names;
use query_side::{Glance, Queries};

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
        self.names.of(users).await
    }

    async fn glance(&self, user: UserId, room: RoomId) -> RoomGlance {
        match self.queries.glance(user, room).await {
            Ok(Glance { last_message, unread_count }) => RoomGlance { last_message, unread_count },
            Err(error) => {
                tracing::warn!(%error, "a reply leaves out what the read models would say");
                RoomGlance::default()
            }
        }
    }
}
