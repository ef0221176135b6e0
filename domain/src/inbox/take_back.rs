//! A message is deleted before it was read: there is nothing to look at any more.

use super::{Inbox, InboxEvent, Notify, Unread};
use crate::{Position, RoomId, Version};

/// Settles what was told of a message. Later ones of its room may rest on it: the first of them is told in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakeBack {
    pub room: RoomId,
    /// The room's version at which the message was sent.
    pub version: Version,
    /// The position of the deletion.
    pub cause: Position,
    /// The next message that is unread, of those before it in the log.
    pub next: Option<Notify>,
}

impl TakeBack {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        let done: Vec<&Unread> = inbox.unread.iter().filter(|unread| self.covers(unread)).collect();
        inbox.settle(&done, self.cause, self.next)
    }

    fn covers(&self, unread: &Unread) -> bool {
        unread.is_of(self.room) && unread.version == Some(self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{InboxCommand, Matter};
    use super::*;

    fn taken_back(version: Version, next: Option<Notify>) -> InboxCommand {
        InboxCommand::TakeBack(TakeBack { room: ROOM, version, cause: 30, next })
    }

    fn mention(version: Version) -> Matter {
        Matter::Mention(said(ROOM, version))
    }

    #[test]
    fn what_was_told_of_the_message_is_settled_and_nothing_else() {
        let history = vec![notified(7, message(4)), notified(8, mention(5)), notified(9, mention(6))];
        let gone = given::<Inbox>(history.clone()).when(taken_back(5, None));
        gone.then_expect_events(vec![read(&[(8, mention(5))], 30)]);
        given::<Inbox>(history).when(taken_back(3, None)).then_expect_events(vec![]);
    }

    #[test]
    fn the_next_message_takes_its_place() {
        let next = Some(notice(9, message(6)));
        let gone = given::<Inbox>(vec![notified(7, message(4))]).when(taken_back(4, next));
        gone.then_expect_events(vec![read(&[(7, message(4))], 30), notified(9, message(6))]);
        let gone = given::<Inbox>(vec![notified(7, mention(4))]).when(taken_back(4, next));
        gone.then_expect_events(vec![read(&[(7, mention(4))], 30)]);
    }

    #[test]
    fn one_on_which_the_others_do_not_rest_is_taken_back_without_a_word() {
        given::<Inbox>(vec![notified(7, message(4))]).when(taken_back(5, None)).then_expect_events(vec![]);
    }

    #[test]
    fn a_muted_room_does_not_go_on() {
        let history = vec![notified(7, message(4)), InboxEvent::RoomMuted { room: ROOM }];
        let gone = given::<Inbox>(history).when(taken_back(4, Some(notice(9, message(6)))));
        gone.then_expect_events(vec![read(&[(7, message(4))], 30)]);
    }

    #[test]
    fn done_again_it_does_nothing() {
        let history = vec![notified(7, message(4)), read(&[(7, message(4))], 30), notified(9, message(6))];
        given::<Inbox>(history.clone()).when(taken_back(4, Some(notice(9, message(6))))).then_expect_events(vec![]);
        given::<Inbox>(history).when(notify(7, message(4))).then_expect_events(vec![]);
    }

    #[test]
    fn the_same_version_of_another_room_is_another_message() {
        let elsewhere = Matter::Message(said(OTHER_ROOM, 4));
        given::<Inbox>(vec![notified(7, elsewhere)]).when(taken_back(4, None)).then_expect_events(vec![]);
        let inbox = state(vec![notified(7, elsewhere)]);
        assert!(
            inbox.has_unread_of(OTHER_ROOM, 4) && !inbox.has_unread_of(ROOM, 4) && !inbox.has_unread_of(OTHER_ROOM, 5)
        );
    }
}
