//! What may have happened between Ann and Bob.

use super::{Friendship, FriendshipEvent};
pub(super) use crate::given::{ANN, BOB, CID, given};
use crate::{Personal, UserId};
use cqrs_es::Aggregate as _;

/// Ann asks Bob.
pub(super) fn asked() -> FriendshipEvent {
    asks(ANN, BOB)
}

pub(super) fn asks(requester: UserId, addressee: UserId) -> FriendshipEvent {
    FriendshipEvent::FriendRequested { requester, addressee, message: None }
}

pub(super) fn asks_with(requester: UserId, addressee: UserId, message: &str) -> FriendshipEvent {
    let message = Some(Personal::about(requester, message.to_owned()));
    FriendshipEvent::FriendRequested { requester, addressee, message }
}

pub(super) fn accepted(by: UserId) -> FriendshipEvent {
    FriendshipEvent::FriendRequestAccepted { by }
}

pub(super) fn rejected(by: UserId) -> FriendshipEvent {
    FriendshipEvent::FriendRequestRejected { by }
}

pub(super) fn cancelled(by: UserId) -> FriendshipEvent {
    FriendshipEvent::FriendRequestCancelled { by }
}

pub(super) fn removed(by: UserId) -> FriendshipEvent {
    FriendshipEvent::FriendRemoved { by }
}

pub(super) fn blocked(blocker: UserId, blocked: UserId) -> FriendshipEvent {
    FriendshipEvent::UserBlocked { blocker, blocked }
}

pub(super) fn unblocked(blocker: UserId, blocked: UserId) -> FriendshipEvent {
    FriendshipEvent::UserUnblocked { blocker, blocked }
}

/// Each way in which a request of Ann's can be over, friendship included.
pub(super) fn endings() -> [Vec<FriendshipEvent>; 5] {
    [
        vec![asked(), accepted(BOB)],
        vec![asked(), rejected(BOB)],
        vec![asked(), cancelled(ANN)],
        vec![asked(), accepted(BOB), removed(ANN)],
        vec![asked(), accepted(BOB), removed(BOB)],
    ]
}

/// The pair after `history`.
pub(super) fn pair(history: Vec<FriendshipEvent>) -> Friendship {
    history.into_iter().fold(Friendship::default(), |mut pair, event| {
        pair.apply(event);
        pair
    })
}
