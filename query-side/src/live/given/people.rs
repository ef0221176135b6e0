//! People and their friendships, folded anew whenever they are asked for.

use std::collections::BTreeSet;

use async_trait::async_trait;
use command_side::api::views::UserView;
use domain::friendship::FriendshipEvent;
use domain::{Event, FriendshipId, RoomId, Timestamp, UserId};

use super::models::Known;
use crate::ports::{Friendships, Looked, Match, Other, Part, Request, Requests, Search, Unavailable, Users};

impl Known {
    fn pair_of(&self, pair: FriendshipId) -> Option<[UserId; 2]> {
        self.events.iter().filter(|event| event.stream == pair.into()).find_map(|event| match &event.payload {
            Event::Friendship(FriendshipEvent::FriendRequested { requester, addressee, .. }) => {
                Some([*requester, *addressee])
            }
            _ => None,
        })
    }

    fn friends_of(&self, user: UserId) -> BTreeSet<UserId> {
        let mut friends = BTreeSet::new();
        for event in &self.events {
            let Event::Friendship(said) = &event.payload else { continue };
            let pair = self.pair_of(FriendshipId(event.stream.id)).filter(|pair| pair.contains(&user));
            let Some(other) = pair.and_then(|pair| pair.into_iter().find(|one| *one != user)) else { continue };
            match said {
                FriendshipEvent::FriendRequestAccepted { .. } => friends.insert(other),
                FriendshipEvent::FriendRemoved { .. } | FriendshipEvent::UserBlocked { .. } => friends.remove(&other),
                _ => false,
            };
        }
        friends
    }

    pub(super) fn blocks(&self) -> Vec<(UserId, UserId)> {
        let mut blocks = vec![];
        for event in &self.events {
            match &event.payload {
                Event::Friendship(FriendshipEvent::UserBlocked { blocker, blocked }) => {
                    blocks.push((*blocker, *blocked))
                }
                Event::Friendship(FriendshipEvent::UserUnblocked { blocker, blocked }) => {
                    blocks.retain(|block| *block != (*blocker, *blocked));
                }
                _ => {}
            }
        }
        blocks
    }
}

#[async_trait]
impl Users for Known {
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserView>, Unavailable> {
        let view = |id: &UserId| UserView {
            id: *id,
            email: None,
            username: Some(format!("user{}", id.0.as_u128())),
            nickname: String::new(),
            display_name: String::new(),
            status_message: None,
            image_url: None,
            is_online: false,
            last_seen_at: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        Ok(ids.iter().map(view).collect())
    }

    async fn search(&self, _: &Search) -> Result<Looked<Match, (String, UserId)>, Unavailable> {
        Ok(Looked { found: vec![], to: None })
    }

    async fn count(&self, _: &Search, _: u32) -> Result<u64, Unavailable> {
        Ok(0)
    }
}

#[async_trait]
impl Friendships for Known {
    async fn friends(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable> {
        let friends = self.friends_of(user).into_iter().filter(|friend| part.after.is_none_or(|after| *friend > after));
        let users = self.by_ids(&friends.take(part.limit as usize).collect::<Vec<_>>()).await?;
        Ok(users.into_iter().map(|user| Other { user, since: Timestamp(0) }).collect())
    }

    async fn friends_named(
        &self,
        user: UserId,
        _: &[String],
        part: Part,
    ) -> Result<Looked<Other, UserId>, Unavailable> {
        Ok(Looked { found: self.friends(user, part).await?, to: None })
    }

    async fn apart(&self, user: UserId, others: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Unavailable> {
        let blocks = self.blocks();
        let is_apart = |other: &UserId| blocks.contains(&(user, *other)) || blocks.contains(&(*other, user));
        Ok(others.iter().filter(|other| is_apart(other)).map(|other| (*other, Timestamp(0))).collect())
    }

    async fn pair(&self, pair: FriendshipId) -> Result<Vec<UserId>, Unavailable> {
        Ok(self.pair_of(pair).into_iter().flatten().collect())
    }

    async fn blocks(&self, _: UserId, _: Part) -> Result<Vec<Other>, Unavailable> {
        Ok(vec![])
    }

    async fn requests(&self, _: UserId, _: Requests, _: Part) -> Result<Vec<Request>, Unavailable> {
        Ok(vec![])
    }

    async fn others(&self, _: UserId, _: Part) -> Result<Vec<UserId>, Unavailable> {
        Ok(vec![])
    }

    async fn blockers(&self, user: UserId) -> Result<Vec<UserId>, Unavailable> {
        Ok(self.blocks().into_iter().filter(|(_, blocked)| *blocked == user).map(|(blocker, _)| blocker).collect())
    }

    async fn is_blocked_in(&self, user: UserId, room: RoomId) -> Result<bool, Unavailable> {
        Ok(self.blocks().iter().any(|(blocker, blocked)| *blocked == user && RoomId::direct(*blocker, user) == room))
    }
}
