//! Somebody wants to hear from a room again.

use super::{Inbox, InboxEvent};
use crate::RoomId;

/// Ends the muting of a room; what was said meanwhile is not told any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmute {
    pub room: RoomId,
}

impl Unmute {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        let is_muted = inbox.muted.contains(&self.room);
        is_muted.then_some(InboxEvent::RoomUnmuted { room: self.room }).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::InboxCommand;
    use super::super::given::*;
    use super::*;

    const UNMUTE: InboxCommand = InboxCommand::Unmute(Unmute { room: ROOM });

    #[test]
    fn a_muted_room_is_heard_again() {
        let unmuted = InboxEvent::RoomUnmuted { room: ROOM };
        let history = vec![InboxEvent::RoomMuted { room: ROOM }];
        given::<Inbox>(history.clone()).when(UNMUTE).then_expect_events(vec![unmuted.clone()]);
        let again = given::<Inbox>([history, vec![unmuted]].concat()).when(notify(9, message(4)));
        again.then_expect_events(vec![notified(9, message(4))]);
    }

    #[test]
    fn a_room_that_is_not_muted_stays_so() {
        given::<Inbox>(vec![]).when(UNMUTE).then_expect_events(vec![]);
    }
}
