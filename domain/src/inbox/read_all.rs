//! Somebody has read all their notifications.

use super::{Inbox, InboxEvent};
use crate::Position;

/// Marks all as read that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAll {
    /// Where the log ends now: messages up to there, in the rooms of those that are read, need no notification any more.
    pub head: Position,
}

impl ReadAll {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        if inbox.unread.is_empty() {
            return vec![];
        }
        let notifications = inbox.unread.iter().map(|unread| unread.notification).collect();
        vec![InboxEvent::NotificationsRead { notifications, settled: self.head }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{InboxCommand, Matter};
    use super::*;

    const ALL: InboxCommand = InboxCommand::ReadAll(ReadAll { head: 20 });

    #[test]
    fn all_that_is_unread_is_read() {
        let (first, second) = ((7, message(4)), (8, Matter::FriendRequest(FRIENDSHIP)));
        let history = vec![notified(7, message(4)), notified(8, second.1)];
        given::<Inbox>(history.clone()).when(ALL).then_expect_events(vec![read(&[first, second], 20)]);
        let rest = [history, vec![read(&[first], 9)]].concat();
        given::<Inbox>(rest).when(ALL).then_expect_events(vec![read(&[second], 20)]);
    }

    #[test]
    fn where_nothing_is_unread_nothing_changes() {
        given::<Inbox>(vec![]).when(ALL).then_expect_events(vec![]);
        let history = vec![notified(7, message(4)), read(&[(7, message(4))], 12)];
        given::<Inbox>(history).when(ALL).then_expect_events(vec![]);
    }
}
