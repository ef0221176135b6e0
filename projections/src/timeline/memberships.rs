//! Membership as intervals of a room's versions.

use domain::room::RoomEvent;
use domain::{Envelope, Event, RoomId, UserId, Version};

use super::{TimelineChange, room_of};

/// Somebody is a member from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    pub room: RoomId,
    pub user: UserId,
    pub from: Version,
    /// Without this version; none while a member.
    pub to: Option<Version>,
}

/// Somebody was a member up to `to`, but not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    pub room: RoomId,
    pub user: UserId,
    pub to: Version,
}

pub(super) fn of(event: &Envelope<Event>, said: &RoomEvent) -> Vec<TimelineChange> {
    let (room, version) = (room_of(event), event.version);
    let joined = |user| TimelineChange::Joined(Joined { room, user, from: version, to: None });
    match said {
        RoomEvent::RoomOpened { members, .. } => members.iter().map(|member| joined(member.user)).collect(),
        RoomEvent::MemberJoined { user, .. } => vec![joined(*user)],
        RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => {
            vec![TimelineChange::Left(Left { room, user: *user, to: version })]
        }
        _ => vec![],
    }
}
