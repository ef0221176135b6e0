//! Somebody is gone for good.

use super::{Inbox, InboxEvent, ReadAll};

/// Empties the inbox of somebody whose account is deleted, for good: they are told of nothing any more. Doing it again changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseInbox;

impl EraseInbox {
    pub(super) fn decide(self, inbox: &Inbox) -> Vec<InboxEvent> {
        let mut events = ReadAll { head: inbox.told }.decide(inbox);
        events.push(InboxEvent::InboxErased {});
        events
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{InboxCommand, Matter, Mute};
    use super::*;

    const ERASE: InboxCommand = InboxCommand::Erase(EraseInbox);

    #[test]
    fn what_is_unread_is_read_and_then_all_is_erased() {
        let history = vec![notified(7, message(4))];
        let erased = vec![read(&[(7, message(4))], 7), InboxEvent::InboxErased {}];
        given::<Inbox>(history).when(ERASE).then_expect_events(erased);
        given::<Inbox>(vec![]).when(ERASE).then_expect_events(vec![InboxEvent::InboxErased {}]);
    }

    #[test]
    fn whoever_is_gone_is_told_of_nothing_and_not_erased_twice() {
        let gone = vec![InboxEvent::InboxErased {}];
        let request = Matter::FriendRequest(FRIENDSHIP);
        for command in [ERASE, notify(9, request), notify(9, message(5)), InboxCommand::Mute(Mute { room: ROOM })] {
            given::<Inbox>(gone.clone()).when(command).then_expect_events(vec![]);
        }
    }

    #[test]
    fn nothing_is_left_in_memory_of_what_they_were_told_and_what_they_muted() {
        let history = vec![InboxEvent::RoomMuted { room: OTHER_ROOM }, notified(7, message(4))];
        let gone = [history, vec![read(&[(7, message(4))], 7), InboxEvent::InboxErased {}]].concat();
        assert_eq!(state(gone), Inbox { erased: true, ..Inbox::default() });
    }
}
