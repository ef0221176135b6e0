//! Somebody has read one notification.

use super::{Inbox, InboxError, InboxEvent};
use crate::{NotificationId, Position};

/// Marks one as read; one that is read already changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    pub notification: NotificationId,
    /// Where the log ends now: messages up to there need no notification any more.
    pub head: Position,
}

impl Read {
    pub(super) fn decide(&self, inbox: &Inbox) -> Result<Vec<InboxEvent>, InboxError> {
        if inbox.is_unread(self.notification) {
            let notifications = vec![self.notification];
            return Ok(vec![InboxEvent::NotificationsRead { notifications, settled: self.head }]);
        }
        if inbox.known.contains(&self.notification) { Ok(vec![]) } else { Err(InboxError::NotFound) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{InboxCommand, Matter};
    use super::*;
    use crate::Decide as _;

    fn reading(cause: Position, matter: Matter) -> InboxCommand {
        InboxCommand::Read(Read { notification: id(cause, matter), head: 20 })
    }

    #[test]
    fn an_unread_one_is_read() {
        let history = vec![notified(7, message(4)), notified(8, Matter::FriendRequest(FRIENDSHIP))];
        let done = given::<Inbox>(history).when(reading(7, message(4)));
        done.then_expect_events(vec![read(&[(7, message(4))], 20)]);
    }

    #[test]
    fn one_that_never_was_is_not_found() {
        given::<Inbox>(vec![]).when(reading(7, message(4))).then_expect_error(InboxError::NotFound);
        given::<Inbox>(vec![notified(7, message(4))])
            .when(reading(8, message(4)))
            .then_expect_error(InboxError::NotFound);
    }

    #[test]
    fn one_that_is_read_already_changes_nothing() {
        let history = vec![notified(7, message(4)), read(&[(7, message(4))], 12)];
        let mut inbox = state(history);
        let command = reading(7, message(4));
        let part = inbox.unjudged(&command).expect("it must be looked up");
        inbox.judge(part, vec![notified(7, message(4))]);
        assert_eq!((inbox.unjudged(&command), inbox.decide(&command)), (None, Ok(vec![])));
        inbox.forget_parts();
        assert_eq!(inbox.decide(&command), Err(InboxError::NotFound));
    }

    #[test]
    fn the_inbox_itself_is_no_notification() {
        let own = Inbox::subject(&InboxEvent::NotificationsPruned { before: 1 }, id(7, message(4)).0);
        let mut inbox = state(vec![]);
        inbox.judge(own, vec![InboxEvent::NotificationsPruned { before: 1 }]);
        assert_eq!(inbox.decide(&reading(7, message(4))), Err(InboxError::NotFound));
    }

    #[test]
    fn one_that_is_looked_up_in_vain_is_not_found() {
        let mut inbox = state(vec![]);
        inbox.judge(id(7, message(4)).0, vec![]);
        assert_eq!(inbox.decide(&reading(7, message(4))), Err(InboxError::NotFound));
    }
}
