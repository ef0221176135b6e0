//! Who is online, as far as the asker may know: across a block, whoever's it is, the other looks like somebody who went when it began.

use std::collections::HashMap;

use command_side::api::Error;
use command_side::api::views::{Presence, UserView};
use domain::{Timestamp, UserId};

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

    /// Lets `user` look as if no sign of life had come after `since`. Nobody was seen longer ago than is `remembered`.
    fn hide(&mut self, user: UserId, since: Timestamp, remembered: Timestamp) {
        if let Some(presence) = self.0.get_mut(&user) {
            let seen = presence.last_seen_at.map(|seen| seen.min(since));
            *presence = Presence { is_online: false, last_seen_at: seen.filter(|seen| *seen >= remembered) };
        }
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
        let others: Vec<_> = users.iter().copied().filter(|user| *user != self.caller).collect();
        let mut standings = self.queries.standings(users).await;
        if !others.is_empty() {
            let remembered = self.queries.presences.remembers_since();
            let apart = self.directory().await?.apart(self.caller, &others).await?;
            apart.into_iter().for_each(|(user, since)| standings.hide(user, since, remembered));
        }
        Ok(standings)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::given::user;

    const fn presence(is_online: bool, last_seen_at: Option<i64>) -> Presence {
        let last_seen_at = match last_seen_at {
            Some(at) => Some(Timestamp(at)),
            None => None,
        };
        Presence { is_online, last_seen_at }
    }

    /// How somebody looks across a block that began then, where nothing before 20 is remembered.
    fn hidden(stands: Presence, since: i64) -> Presence {
        let mut standings = Standings(HashMap::from([(user(1), stands), (user(2), stands)]));
        for other in [user(1), user(3)] {
            standings.hide(other, Timestamp(since), Timestamp(20));
        }
        assert_eq!((standings.of(user(2)), standings.of(user(3))), (stands, Presence::default()));
        standings.of(user(1))
    }

    #[test]
    fn across_a_block_somebody_looks_as_if_they_had_gone_when_it_began() {
        assert_eq!(hidden(presence(true, Some(90)), 50), presence(false, Some(50)));
        assert_eq!(hidden(presence(false, Some(90)), 50), presence(false, Some(50)));
        assert_eq!(hidden(presence(false, Some(30)), 50), presence(false, Some(30)));
        assert_eq!(hidden(presence(false, None), 50), presence(false, None));
    }

    #[test]
    fn a_block_that_is_older_than_what_is_remembered_shows_nobody_as_seen() {
        assert_eq!(hidden(presence(true, Some(90)), 10), presence(false, None));
    }
}
