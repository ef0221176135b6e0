//! Queries: which rows an answer is made of. Each takes a constant number of statements, whatever it shows.

mod behind;
mod entries;
#[cfg(test)]
mod given;
mod glance;
mod messages;
mod notices;
mod notifications;
mod readers;
mod rooms;
mod search;
mod standings;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use command_side::api::views::UserView;
use command_side::ports::Person;
use domain::UserId;

pub use glance::Glance;
pub(crate) use messages::{MessageCursor, MessagePage, Window};
pub(crate) use notifications::{NotificationCursor, previews, view};
pub(crate) use rooms::{RoomCursor, pair};
pub(crate) use search::{FoundCursor, FoundPage};
pub(crate) use standings::Standings;

use crate::Positions;
use crate::names::Names;
use crate::ports::{Freshness, Presences, ReadModels, Unavailable, Users};

/// How long a query waits for a read model that is behind.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long notifications are shown that were read.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What answers queries.
pub struct Queries {
    pub(crate) models: Arc<dyn ReadModels>,
    pub(crate) freshness: Arc<dyn Freshness>,
    pub(crate) names: Arc<Names>,
    pub(crate) presences: Arc<dyn Presences>,
    pub(crate) patience: Duration,
    pub(crate) kept: Duration,
}

impl Queries {
    /// Over these read models, as fresh as `freshness` says, with people there as `presences` says.
    #[must_use]
    pub fn new(models: Arc<dyn ReadModels>, freshness: Arc<dyn Freshness>, presences: Arc<dyn Presences>) -> Self {
        let names = Arc::new(Names::new(models.clone()));
        Self { models, freshness, names, presences, patience: PATIENCE, kept: KEPT }
    }

    /// The same with names that others remember too.
    #[must_use]
    pub fn with_names(self, names: Arc<Names>) -> Self {
        Self { names, ..self }
    }

    /// Waits until the directory has passed what each of `users` wrote last, as long as a query would.
    pub async fn catch_up_with(&self, users: &[UserId]) {
        let mut bound = Positions::default();
        for user in users {
            bound.merge(&self.freshness.last_written(*user).await.positions);
        }
        // Whoever looks then sees what is there.
        self.models.directory(&bound, self.patience).await.ok();
    }

    /// The same, waiting at most so long for a read model that is behind.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same, showing notifications that were read for so long.
    #[must_use]
    pub fn keeping_notifications(self, kept: Duration) -> Self {
        Self { kept, ..self }
    }
}

/// What people are called in rooms.
async fn people<U: Users + ?Sized>(users: &U, ids: &[UserId]) -> Result<HashMap<UserId, Person>, Unavailable> {
    let known = if ids.is_empty() { vec![] } else { users.by_ids(ids).await? };
    let person = |user: UserView| (user.id, Person { username: user.username, nickname: user.nickname });
    Ok(known.into_iter().map(person).collect())
}
