//! Who is in which room, and what they may do there.

use domain::room::{Role, RoomEvent};
use domain::{Envelope, Event, RoomId, Timestamp, UserId};

/// What an event changes of somebody in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberChanged {
    pub room: RoomId,
    pub user: UserId,
    /// None when gone.
    pub role: Option<Role>,
    /// When they came, if that is what happened.
    pub joined_at: Option<Timestamp>,
}

pub(super) fn changed(event: &Envelope<Event>, said: &RoomEvent) -> impl Iterator<Item = MemberChanged> {
    let (room, at) = (RoomId(event.stream.id), event.recorded_at);
    let came = move |user, role| MemberChanged { room, user, role: Some(role), joined_at: Some(at) };
    let changed = match said {
        RoomEvent::RoomOpened { members, .. } => members.iter().map(|member| came(member.user, member.role)).collect(),
        RoomEvent::MemberJoined { user, role, .. } => vec![came(*user, *role)],
        RoomEvent::MemberRoleChanged { user, role, .. } => {
            vec![MemberChanged { room, user: *user, role: Some(*role), joined_at: None }]
        }
        RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => {
            vec![MemberChanged { room, user: *user, role: None, joined_at: None }]
        }
        _ => vec![],
    };
    changed.into_iter()
}
