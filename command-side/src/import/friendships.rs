//! Bringing friendships over. A pair has one stream, and may have had several rows: what a row asks for that is so already changes nothing.

use domain::friendship::{
    AcceptRequest, CancelRequest, Friendship, FriendshipCommand, RemoveFriend, RequestFriendship, Status,
};
use domain::{FriendshipId, Timestamp, UserId};

use super::order::order;
use super::steps::Step;
use super::{Import, Kind, judged};
use crate::ports::{OlderFriendship, TimeFrom, Unavailable};

impl Import {
    pub(super) async fn friendship(
        &mut self,
        at: Timestamp,
        older: OlderFriendship,
    ) -> Result<Vec<(Timestamp, Step)>, Unavailable> {
        self.report.read(Kind::Friendships);
        if let Some(why) = self.is_none(&older) {
            self.report.skip(Kind::Friendships, why, older.id);
            return Ok(vec![]);
        }
        let times = [older.created_at, older.updated_at, older.deleted_at];
        self.times(Kind::Friendships, older.id, TimeFrom::Date, &times);
        let (requester, addressee) = of(&older);
        let request = RequestFriendship { requester, addressee, message: None };
        self.befriend(at, &older, requester, FriendshipCommand::Request(request)).await?;
        let accepted = at.max(older.updated_at.unwrap_or(at));
        let accepted = older.is_accepted.then(|| (accepted, Step::Acceptance(older.clone())));
        let since = accepted.as_ref().map_or(at, |(at, _)| *at);
        let ended = older.deleted_at.map(|ended| (since.max(ended), Step::Ending(older)));
        Ok(accepted.into_iter().chain(ended).collect())
    }

    pub(super) async fn acceptance(&mut self, at: Timestamp, older: &OlderFriendship) -> Result<(), Unavailable> {
        let (_, by) = of(older);
        self.befriend(at, older, by, FriendshipCommand::Accept(AcceptRequest { by })).await
    }

    /// Friends part, and who asked in vain asks no more.
    pub(super) async fn ending(&mut self, at: Timestamp, older: &OlderFriendship) -> Result<(), Unavailable> {
        let (by, other) = of(older);
        let pair = self.friendships.look(FriendshipId::between(by, other).0).await?;
        let command = match pair.state.status() {
            Status::Pending => FriendshipCommand::Cancel(CancelRequest { by }),
            _ => FriendshipCommand::Remove(RemoveFriend { by }),
        };
        self.befriend(at, older, by, command).await
    }

    async fn befriend(
        &mut self,
        at: Timestamp,
        older: &OlderFriendship,
        by: UserId,
        command: FriendshipCommand,
    ) -> Result<(), Unavailable> {
        // Each of these could be done again after the next: what happened before the last event was brought over.
        if self.target.reached.is_some_and(|reached| at < reached) {
            self.report.done(Kind::Friendships, false);
            return Ok(());
        }
        let (requester, addressee) = of(older);
        let id = FriendshipId::between(requester, addressee).0;
        let answer = self.friendships.send(order::<Friendship>(id, "import_friendship", by, command)).await;
        // A refusal says that it is so already, by another row of the pair.
        self.report.done(Kind::Friendships, judged(answer)? == Ok(true));
        Ok(())
    }

    fn is_none(&self, older: &OlderFriendship) -> Option<&'static str> {
        if older.requester == older.addressee {
            return Some("ONESELF");
        }
        let is_known = self.knows(older.requester) && self.knows(older.addressee);
        (!is_known).then_some("UNKNOWN_USER")
    }
}

fn of(older: &OlderFriendship) -> (UserId, UserId) {
    (UserId::older(older.requester), UserId::older(older.addressee))
}
