//! Somebody wants to hear nothing from a room.

use super::{Inbox, InboxError, InboxEvent, MOST_MUTED};
use crate::RoomId;

/// Mutes a room; one that is muted already stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    pub room: RoomId,
}

impl Mute {
    pub(super) fn decide(&self, inbox: &Inbox) -> Result<Vec<InboxEvent>, InboxError> {
        if inbox.muted.contains(&self.room) {
            return Ok(vec![]);
        }
        if inbox.muted.len() >= MOST_MUTED {
            return Err(InboxError::TooManyMuted);
        }
        Ok(vec![InboxEvent::RoomMuted { room: self.room }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::InboxCommand;
    use super::super::given::*;
    use super::*;

    const MUTE: InboxCommand = InboxCommand::Mute(Mute { room: ROOM });

    #[test]
    fn a_room_is_muted_once() {
        given::<Inbox>(vec![]).when(MUTE).then_expect_events(vec![InboxEvent::RoomMuted { room: ROOM }]);
        given::<Inbox>(vec![InboxEvent::RoomMuted { room: ROOM }]).when(MUTE).then_expect_events(vec![]);
    }

    #[test]
    fn no_more_than_a_thousand_are_muted() {
        let room = |n: usize| InboxEvent::RoomMuted { room: RoomId(uuid::Uuid::from_u128(1_000_000 + n as u128)) };
        let full: Vec<_> = (0..MOST_MUTED).map(room).collect();
        given::<Inbox>(full[1..].to_vec()).when(MUTE).then_expect_events(vec![InboxEvent::RoomMuted { room: ROOM }]);
        given::<Inbox>(full).when(MUTE).then_expect_error(InboxError::TooManyMuted);
    }
}
