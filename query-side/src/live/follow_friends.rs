//! A stream of one's friends: who they are is read, then how they stand, then what changes is told.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use command_side::api::views::Presence;
use domain::UserId;

use super::catch_up::ended;
use super::frames::Text;
use super::friends::Following;
use super::hub::Hub;
use super::ring::Taken;
use super::seat::End;
use super::subscription::{Phase, Reading, over};
use super::{PATIENCE, Ports};
use crate::ports::{Directory, Part, Unavailable};

/// The most friends that one stream follows: of more, those with the lowest ids.
const MOST_FRIENDS: usize = 10_000;
/// How many are read at once.
const PAGE: u32 = 500;

/// A stream of friends that follows, or is to.
pub(super) struct FollowFriends {
    pub(super) ports: Arc<Ports>,
    pub(super) hub: Arc<Hub>,
    pub(super) following: Following,
    pub(super) user: UserId,
}

impl FollowFriends {
    /// The first words.
    pub(super) async fn begin(self) -> (Bytes, Phase) {
        let mut text = Text::default();
        text.connected_to_friends();
        self.look(text).await
    }

    /// What was told since it was last asked; none when friends have to be looked for anew.
    pub(super) fn take(&self) -> Option<Taken> {
        self.following.take()
    }

    /// Looks for friends, and says how they stand where the client was told otherwise.
    pub(super) fn anew(self) -> Reading {
        Box::pin(self.look(Text::default()))
    }

    async fn look(self, mut text: Text) -> (Bytes, Phase) {
        self.following.begin();
        match self.find().await {
            Ok(Some(friends)) => {
                self.following.follow(friends.iter().copied().collect());
                let concerned = [friends, self.following.lost()].concat();
                self.following.catch_up(&mut text, self.stand(&concerned).await.as_ref());
                (text.take(), Phase::Friends(Box::new(self)))
            }
            Ok(None) => over(&mut text, End::Quiet),
            Err(away) => ended(&mut text, &away),
        }
    }

    /// The friends, as the log has them by now. None when the directory does not get there in time.
    async fn find(&self) -> Result<Option<Vec<UserId>>, Unavailable> {
        let directory = self.ports.models.directory(&self.hub.positions(), PATIENCE).await?;
        if !directory.is_fresh {
            return Ok(None);
        }
        friends(&*directory.model, self.user).await.map(Some)
    }

    /// How they stand; none while that can not be known: the keeper tells as soon as it can.
    async fn stand(&self, users: &[UserId]) -> Option<HashMap<UserId, Presence>> {
        if users.is_empty() {
            return None;
        }
        self.ports.attendance.presences.of(users).await.ok()
    }
}

async fn friends(directory: &dyn Directory, user: UserId) -> Result<Vec<UserId>, Unavailable> {
    let mut all = vec![];
    loop {
        let part = Part { after: all.last().copied(), limit: PAGE };
        let page = directory.friends(user, part).await?;
        all.extend(page.iter().map(|other| other.user.id));
        if page.len() < PAGE as usize || all.len() >= MOST_FRIENDS {
            return Ok(all);
        }
    }
}
