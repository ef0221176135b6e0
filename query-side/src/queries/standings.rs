//! Who is online, as far as the asker may know: across a block, whoever's it is, the other looks offline.

use std::collections::{HashMap, HashSet};

use command_side::api::Error;
use command_side::api::views::{Presence, UserView};
use domain::UserId;

use super::Queries;
use crate::freshness::Inquiry;
use crate::ports::Unavailable;

/// Whether people are there.
#[derive(Default)]
pub(crate) struct Standings(HashMap<UserId, Presence>);

impl Standings {
    /// How `user` stands: offline, and never seen, when nothing is known.
    pub(crate) fn of(&self, user: UserId) -> Presence {
        self.0.get(&user).copied().unwrap_or_default()
    }
}

impl Queries {
    /// Whether `user` is there, to themselves; nothing is said when it can not be known.
    pub async fn presence(&self, user: UserId) -> Presence {
        self.standings(&[user]).await.of(user)
    }

    /// Whether `users` are there. While that can not be known they look offline: no answer fails for it.
    async fn standings(&self, users: &[UserId]) -> Standings {
        let known = if users.is_empty() { Ok(HashMap::new()) } else { self.presences.of(users).await };
        Standings(known.unwrap_or_else(|Unavailable(reason)| {
            tracing::debug!(reason, "it is not known who is online");
            HashMap::new()
        }))
    }
}

impl Inquiry {
    /// How `users` stand, any of whom may have a block between them and the caller.
    ///
    /// # Errors
    /// When the directory is away.
    pub(crate) async fn standings(&self, users: &[UserId]) -> Result<Standings, Error> {
        let mut others: Vec<_> = users.iter().copied().filter(|user| *user != self.caller).collect();
        if !others.is_empty() {
            let apart = self.directory().await?.apart(self.caller, &others).await?;
            let apart: HashSet<_> = apart.into_iter().collect();
            others.retain(|user| !apart.contains(user));
        }
        others.extend(users.contains(&self.caller).then_some(self.caller));
        Ok(self.queries.standings(&others).await)
    }

    /// The same of users with whom the caller has no block.
    pub(crate) async fn standings_near(&self, users: impl Iterator<Item = UserId>) -> Standings {
        self.queries.standings(&users.collect::<Vec<_>>()).await
    }

    /// A user as the caller may see them: the e-mail is for oneself only.
    pub(crate) fn seen(&self, user: UserView, standings: &Standings) -> UserView {
        let presence = standings.of(user.id);
        let email = user.email.filter(|_| user.id == self.caller);
        UserView { email, ..user }.seen(presence)
    }
}
