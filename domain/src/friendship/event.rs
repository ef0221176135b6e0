//! What happens between two people.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aggregate::event_names;
use crate::event::{Upcast, shape_in};
use crate::{HasPersonal, Personal, PersonalField, UserId};

/// An event of a pair's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FriendshipEvent {
    FriendRequested {
        requester: UserId,
        addressee: UserId,
        message: Option<Personal<String>>,
    },
    FriendRequestAccepted {
        by: UserId,
    },
    FriendRequestRejected {
        by: UserId,
    },
    FriendRequestCancelled {
        by: UserId,
    },
    FriendRemoved {
        by: UserId,
    },
    UserBlocked {
        blocker: UserId,
        blocked: UserId,
    },
    UserUnblocked {
        blocker: UserId,
        blocked: UserId,
    },
    /// The account of one of the two is deleted: what they wrote here is erased.
    PersonErased {
        user: UserId,
    },
}

event_names!(FriendshipEvent {
    FriendRequested: 1,
    FriendRequestAccepted: 1,
    FriendRequestRejected: 1,
    FriendRequestCancelled: 1,
    FriendRemoved: 1,
    UserBlocked: 1,
    UserUnblocked: 1,
    PersonErased: 1,
});

impl Upcast for FriendshipEvent {
    fn newest_shape(event_type: &str) -> u16 {
        shape_in(Self::SHAPES, event_type)
    }

    fn upcast(_event_type: &str, _shape: u16, payload: Value) -> Value {
        payload
    }
}

impl HasPersonal for FriendshipEvent {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        if let Self::FriendRequested { message: Some(message), .. } = self {
            visit(message);
        }
    }
}
