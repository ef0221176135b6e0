//! Somebody has read a room: what they were told of it is read too.

use super::{Inbox, InboxEvent, Notify, Unread};
use crate::{Position, RoomId, Version};

/// Settles what was told of a room up to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRoom {
    pub room: RoomId,
    /// The room's version up to which it was read.
    pub up_to: Version,
    /// The position of the event that says so.
    pub cause: Position,
    /// The first message that stays unread, of those before it in the log.
    pub next: Option<Notify>,
}

impl ReadRoom {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        let done: Vec<&Unread> = inbox.unread.iter().filter(|unread| self.covers(unread)).collect();
        inbox.settle(&done, self.cause, self.next)
    }

    fn covers(&self, unread: &Unread) -> bool {
        unread.is_of(self.room) && unread.version.is_some_and(|version| version <= self.up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{InboxCommand, Matter};
    use super::*;

    fn has_read(up_to: Version, next: Option<Notify>) -> InboxCommand {
        InboxCommand::ReadRoom(ReadRoom { room: ROOM, up_to, cause: 30, next })
    }

    fn mention(version: Version) -> Matter {
        Matter::Mention(said(ROOM, version))
    }

    #[test]
    fn what_was_told_of_the_room_up_to_there_is_read() {
        let invited = Matter::RoomInvited(ROOM, 2);
        let history = vec![notified(3, invited), notified(7, message(4)), notified(9, mention(6))];
        let done = given::<Inbox>(history.clone()).when(has_read(5, None));
        done.then_expect_events(vec![read(&[(3, invited), (7, message(4))], 30)]);
        let all = given::<Inbox>(history).when(has_read(6, None));
        all.then_expect_events(vec![read(&[(3, invited), (7, message(4)), (9, mention(6))], 30)]);
    }

    #[test]
    fn other_rooms_and_friends_stay_unread() {
        let history =
            vec![notified(3, Matter::FriendRequest(FRIENDSHIP)), notified(4, Matter::Message(said(OTHER_ROOM, 1)))];
        given::<Inbox>(history).when(has_read(99, None)).then_expect_events(vec![]);
    }

    #[test]
    fn a_room_that_is_read_in_part_goes_on_with_the_next_message() {
        let done = given::<Inbox>(vec![notified(7, message(4))]).when(has_read(5, Some(notice(9, message(6)))));
        done.then_expect_events(vec![read(&[(7, message(4))], 30), notified(9, message(6))]);
    }

    #[test]
    fn a_mark_that_settles_no_message_makes_none() {
        for history in [vec![], vec![notified(7, message(6))]] {
            given::<Inbox>(history).when(has_read(5, Some(notice(9, message(6))))).then_expect_events(vec![]);
        }
        let done = given::<Inbox>(vec![notified(7, mention(4))]).when(has_read(5, Some(notice(9, message(6)))));
        done.then_expect_events(vec![read(&[(7, mention(4))], 30)]);
    }

    #[test]
    fn a_muted_room_does_not_go_on() {
        let history = vec![notified(7, message(4)), InboxEvent::RoomMuted { room: ROOM }];
        let done = given::<Inbox>(history).when(has_read(5, Some(notice(9, message(6)))));
        done.then_expect_events(vec![read(&[(7, message(4))], 30)]);
    }

    #[test]
    fn done_again_it_does_nothing() {
        let history = vec![notified(7, message(4)), read(&[(7, message(4))], 30), notified(9, message(6))];
        given::<Inbox>(history).when(has_read(5, Some(notice(9, message(6))))).then_expect_events(vec![]);
    }
}
