//! What stands between two people: requests, friendship, blocks.

use domain::friendship::{FriendshipEvent, Status};
use domain::{Envelope, Event, FriendshipId, Timestamp, UserId, Version};

use crate::ports::Unprojectable;
use crate::readable::readable_if_any;

/// What an event changes between two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendshipMoved {
    pub friendship: FriendshipId,
    pub version: Version,
    pub at: Timestamp,
    /// The status that begins; a block leaves it as it is.
    pub status: Option<Status>,
    /// A new request, which says who the two are.
    pub request: Option<Requested>,
    pub block: Option<Blocked>,
    /// Whose words between the two are erased.
    pub erased: Option<UserId>,
}

/// Somebody asked somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub requester: UserId,
    pub addressee: UserId,
    pub message: Option<String>,
}

/// Somebody blocks somebody, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub blocker: UserId,
    pub blocked: UserId,
    pub stands: bool,
}

pub(super) fn moved(event: &Envelope<Event>, said: &FriendshipEvent) -> Result<FriendshipMoved, Unprojectable> {
    let friendship = FriendshipId(event.stream.id);
    let (version, at) = (event.version, event.recorded_at);
    let (status, request, block) = (status(said), request(said)?, block(said));
    let erased = match said {
        FriendshipEvent::PersonErased { user } => Some(*user),
        _ => None,
    };
    Ok(FriendshipMoved { friendship, version, at, status, request, block, erased })
}

const fn status(said: &FriendshipEvent) -> Option<Status> {
    match said {
        FriendshipEvent::FriendRequested { .. } => Some(Status::Pending),
        FriendshipEvent::FriendRequestAccepted { .. } => Some(Status::Accepted),
        FriendshipEvent::FriendRequestRejected { .. } => Some(Status::Rejected),
        FriendshipEvent::FriendRequestCancelled { .. } => Some(Status::Cancelled),
        FriendshipEvent::FriendRemoved { .. } => Some(Status::Removed),
        FriendshipEvent::UserBlocked { .. }
        | FriendshipEvent::UserUnblocked { .. }
        | FriendshipEvent::PersonErased { .. } => None,
    }
}

fn request(said: &FriendshipEvent) -> Result<Option<Requested>, Unprojectable> {
    let FriendshipEvent::FriendRequested { requester, addressee, message } = said else { return Ok(None) };
    let message = readable_if_any(message.as_ref())?;
    Ok(Some(Requested { requester: *requester, addressee: *addressee, message }))
}

const fn block(said: &FriendshipEvent) -> Option<Blocked> {
    match *said {
        FriendshipEvent::UserBlocked { blocker, blocked } => Some(Blocked { blocker, blocked, stands: true }),
        FriendshipEvent::UserUnblocked { blocker, blocked } => Some(Blocked { blocker, blocked, stands: false }),
        _ => None,
    }
}
