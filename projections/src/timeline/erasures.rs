//! What the authors whose accounts are deleted wrote.

use domain::room::RoomEvent;
use domain::{Envelope, Event, RoomId, UserId, Version};

use super::{TimelineChange, room_of};

/// Whatever `author` wrote in a room before `version` is erased. Nobody writes after that: the room itself refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    pub room: RoomId,
    pub author: UserId,
    pub version: Version,
}

pub(super) fn of(event: &Envelope<Event>, said: &RoomEvent) -> Option<TimelineChange> {
    let RoomEvent::MemberErased { user, .. } = said else { return None };
    Some(TimelineChange::Erased(Erased { room: room_of(event), author: *user, version: event.version }))
}
