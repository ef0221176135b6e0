//! A request to be a friend is answered, or taken back: there is nothing to answer any more.

use super::{Inbox, InboxEvent};
use crate::{FriendshipId, Position};

/// Settles that somebody asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndRequest {
    pub friendship: FriendshipId,
    /// The position of the event that ends it.
    pub cause: Position,
}

impl EndRequest {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        let asked = inbox.request_of(self.friendship);
        let read = |asked| InboxEvent::NotificationsRead { notifications: vec![asked], settled: self.cause };
        asked.map(read).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::given::*;
    use super::super::{InboxCommand, Matter};
    use super::*;

    const REQUEST: Matter = Matter::FriendRequest(FRIENDSHIP);

    fn ended(friendship: FriendshipId) -> InboxCommand {
        InboxCommand::EndRequest(EndRequest { friendship, cause: 30 })
    }

    #[test]
    fn what_was_asked_is_settled_and_nothing_else() {
        let history =
            vec![notified(7, REQUEST), notified(8, Matter::FriendAccepted(FRIENDSHIP)), notified(9, message(6))];
        given::<Inbox>(history).when(ended(FRIENDSHIP)).then_expect_events(vec![read(&[(7, REQUEST)], 30)]);
    }

    #[test]
    fn what_others_asked_stays() {
        let others = FriendshipId(Uuid::from_u128(6));
        given::<Inbox>(vec![notified(7, REQUEST)]).when(ended(others)).then_expect_events(vec![]);
    }

    #[test]
    fn done_again_it_does_nothing() {
        let history = vec![notified(7, REQUEST), read(&[(7, REQUEST)], 30)];
        given::<Inbox>(history).when(ended(FRIENDSHIP)).then_expect_events(vec![]);
    }
}
