//! What stands between two people: requests, friendship, blocks. A pair has one stream, so races meet in it.

mod accept;
mod block;
mod cancel;
mod erase;
mod error;
mod event;
#[cfg(test)]
mod given;
mod reject;
mod remove;
mod request;
mod unblock;

use serde::{Deserialize, Serialize};

pub use accept::AcceptRequest;
pub use block::Block;
pub use cancel::CancelRequest;
pub use erase::ErasePerson;
pub use error::FriendshipError;
pub use event::FriendshipEvent;
pub use reject::RejectRequest;
pub use remove::RemoveFriend;
pub use request::RequestFriendship;
pub use unblock::Unblock;

use crate::aggregate::aggregate;
use crate::{Decide, HasPersonal, Kind, PersonalField, UserId};

/// The longest message with a request, in characters.
pub const LONGEST_REQUEST_MESSAGE: usize = 500;

/// Where a pair stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody asked yet.
    #[default]
    None,
    Pending,
    Accepted,
    Rejected,
    Cancelled,
    Removed,
}

/// What a pair's commands are decided on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Friendship {
    pub(crate) status: Status,
    pub(crate) requester: Option<UserId>,
    pub(crate) addressee: Option<UserId>,
    pub(crate) blockers: Vec<UserId>,
    /// Those of the two whose accounts are deleted.
    pub(crate) erased: Vec<UserId>,
}

/// What one of a pair can ask.
#[derive(Clone, Debug, PartialEq)]
pub enum FriendshipCommand {
    Request(RequestFriendship),
    Accept(AcceptRequest),
    Reject(RejectRequest),
    Cancel(CancelRequest),
    Remove(RemoveFriend),
    Block(Block),
    Unblock(Unblock),
    Erase(ErasePerson),
}

aggregate!(Friendship, FriendshipCommand, FriendshipEvent, FriendshipError);

impl Friendship {
    /// Where the pair stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether either has blocked the other.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        !self.blockers.is_empty()
    }

    /// Whether `user` has blocked the other.
    #[must_use]
    pub fn is_blocked_by(&self, user: UserId) -> bool {
        self.blockers.contains(&user)
    }

    /// Who asked last, and whom.
    #[must_use]
    pub fn request(&self) -> Option<(UserId, UserId)> {
        self.requester.zip(self.addressee)
    }

    fn is_between(&self, user: UserId) -> bool {
        self.requester == Some(user) || self.addressee == Some(user)
    }

    /// The request that waits for an answer, seen by `user`: theirs to answer, or a refusal.
    fn answerable_by(&self, user: UserId) -> Result<(), FriendshipError> {
        if !self.is_between(user) {
            return Err(FriendshipError::Unknown);
        }
        if self.requester == Some(user) {
            return Err(FriendshipError::OwnRequest);
        }
        if self.status != Status::Pending {
            return Err(FriendshipError::NotPending);
        }
        Ok(())
    }

    fn take_in(&mut self, event: FriendshipEvent) {
        match event {
            FriendshipEvent::FriendRequested { requester, addressee, .. } => {
                self.status = Status::Pending;
                self.requester = Some(requester);
                self.addressee = Some(addressee);
            }
            FriendshipEvent::FriendRequestAccepted { .. } => self.status = Status::Accepted,
            FriendshipEvent::FriendRequestRejected { .. } => self.status = Status::Rejected,
            FriendshipEvent::FriendRequestCancelled { .. } => self.status = Status::Cancelled,
            FriendshipEvent::FriendRemoved { .. } => self.status = Status::Removed,
            FriendshipEvent::UserBlocked { blocker, .. } => self.blockers.push(blocker),
            FriendshipEvent::UserUnblocked { blocker, .. } => self.blockers.retain(|user| *user != blocker),
            FriendshipEvent::PersonErased { user } => self.erased.push(user),
        }
    }
}

impl Decide for Friendship {
    const KIND: Kind = Kind::Friendship;
    const SNAPSHOT_SHAPE: u16 = 2;

    fn decide(&self, command: &FriendshipCommand) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        match command {
            FriendshipCommand::Request(command) => command.decide(self),
            FriendshipCommand::Accept(command) => command.decide(self),
            FriendshipCommand::Reject(command) => command.decide(self),
            FriendshipCommand::Cancel(command) => command.decide(self),
            FriendshipCommand::Remove(command) => command.decide(self),
            FriendshipCommand::Block(command) => command.decide(self),
            FriendshipCommand::Unblock(command) => command.decide(self),
            FriendshipCommand::Erase(command) => command.decide(self),
        }
    }
}

impl HasPersonal for Friendship {
    fn visit_personal(&mut self, _visit: &mut dyn FnMut(&mut dyn PersonalField)) {}
}
