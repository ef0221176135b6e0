//! Who is there, as the test says; and friendships.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::Caller;
use command_side::api::views::Presence;
use domain::friendship::FriendshipEvent;
use domain::{FriendshipId, Timestamp, UserId};
use parking_lot::Mutex;

use super::House;
use crate::ports::{Heartbeats, News, Presences, Since, Transitions, Unavailable};

/// When everybody was seen last.
pub(crate) const SEEN: Timestamp = Timestamp(7_000);

/// What was told, and what is told.
#[derive(Default)]
pub(crate) struct Attended(Mutex<Attendance>);

#[derive(Default)]
struct Attendance {
    is_away: bool,
    beats: Vec<Caller>,
    left: Vec<Caller>,
    stand: HashMap<UserId, Presence>,
    changes: Vec<UserId>,
}

impl Attended {
    /// Whoever looks now finds `user` online, or not; whoever follows is told.
    pub(crate) fn set(&self, user: UserId, is_online: bool) {
        let mut attended = self.0.lock();
        attended.stand.insert(user, Presence { is_online, last_seen_at: Some(SEEN) });
        attended.changes.push(user);
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.0.lock().is_away = is_away;
    }

    /// The signs of life since this was last asked.
    pub(crate) fn beats(&self) -> Vec<Caller> {
        std::mem::take(&mut self.0.lock().beats)
    }

    /// Those who left.
    pub(crate) fn left(&self) -> Vec<Caller> {
        self.0.lock().left.clone()
    }

    fn there(&self) -> Result<parking_lot::MutexGuard<'_, Attendance>, Unavailable> {
        let attended = self.0.lock();
        if attended.is_away { Err(Unavailable("away".to_owned())) } else { Ok(attended) }
    }
}

#[async_trait]
impl Heartbeats for House {
    fn life(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn beat(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        self.attended.there()?.beats.extend(devices);
        Ok(())
    }

    async fn leave(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        self.attended.there()?.left.extend(devices);
        Ok(())
    }
}

#[async_trait]
impl Presences for House {
    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>, Unavailable> {
        let attended = self.attended.there()?;
        Ok(users.iter().filter_map(|user| Some((*user, *attended.stand.get(user)?))).collect())
    }

    fn remembers_since(&self) -> Timestamp {
        Timestamp(0)
    }
}

#[async_trait]
impl Transitions for House {
    async fn after(&self, since: Since) -> Result<News, Unavailable> {
        let attended = self.attended.there()?;
        let until = Since { epoch: 1, number: attended.changes.len() as u64 };
        if since.epoch != until.epoch {
            return Ok(News { has_gap: true, until, ..News::default() });
        }
        let changed = attended.changes.iter().skip(since.number as usize);
        Ok(News { changed: changed.map(|user| (*user, attended.stand[user])).collect(), has_gap: false, until })
    }
}

impl House {
    /// Makes two people friends.
    pub(crate) fn befriend(&self, one: UserId, other: UserId) {
        let stream = FriendshipId::between(one, other);
        self.append(
            stream.into(),
            FriendshipEvent::FriendRequested { requester: one, addressee: other, message: None },
        );
        self.append(stream.into(), FriendshipEvent::FriendRequestAccepted { by: other });
    }

    /// Ends a friendship.
    pub(crate) fn unfriend(&self, by: UserId, other: UserId) {
        self.append(FriendshipId::between(by, other).into(), FriendshipEvent::FriendRemoved { by });
    }
}
