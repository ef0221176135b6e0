//! Something happened of which somebody is to be told.

use super::{Inbox, InboxEvent, MOST_UNREAD, Matter, PRUNED_EVERY};
use crate::{EventId, NotificationId, Position, UserId};

/// Tells the owner of an inbox of something, once; nothing of a room that is muted, nor of a message in one where another is unread.
/// Who asks again to be a friend takes the place of their earlier request, so that nobody fills an inbox by asking and taking it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notify {
    pub owner: UserId,
    /// The event that caused it, and its position. For one inbox causes come in the order of their positions.
    pub event: EventId,
    pub cause: Position,
    pub actor: UserId,
    pub matter: Matter,
    /// What is read and older than this can be forgotten, in milliseconds since 1970.
    pub old: u64,
}

impl Notify {
    pub(super) fn decide(&self, inbox: &Inbox) -> Vec<InboxEvent> {
        if self.cause <= inbox.told || self.is_settled(inbox) || self.is_muted(inbox) {
            return vec![];
        }
        let mut events: Vec<_> = self.makes_room(inbox).into_iter().collect();
        events.push(self.notified());
        if inbox.since_pruned >= PRUNED_EVERY {
            events.push(InboxEvent::NotificationsPruned { before: self.old });
        }
        events
    }

    /// What is told.
    pub(super) fn notified(&self) -> InboxEvent {
        let notification_type = self.matter.notification_type();
        let (room, room_version) = self.matter.room().unzip();
        InboxEvent::Notified {
            notification: NotificationId::of(self.owner, self.event, notification_type),
            notification_type,
            actor: self.actor,
            room,
            message: self.matter.message(),
            room_version,
            friendship: self.matter.friendship(),
            cause: self.cause,
        }
    }

    fn is_settled(&self, inbox: &Inbox) -> bool {
        let Matter::Message(said) = self.matter else { return false };
        let settled = inbox.settled.get(&said.room).copied().unwrap_or(0);
        self.cause <= settled || inbox.message_of(said.room).is_some()
    }

    pub(super) fn is_muted(&self, inbox: &Inbox) -> bool {
        self.matter.room().is_some_and(|(room, _)| inbox.muted.contains(&room))
    }

    /// What it replaces becomes read; where there would be too many, the oldest does.
    fn makes_room(&self, inbox: &Inbox) -> Option<InboxEvent> {
        let replaced = match self.matter {
            Matter::FriendRequest(friendship) => inbox.request_of(friendship),
            _ => None,
        };
        let oldest = || inbox.unread.first().filter(|_| inbox.unread.len() >= MOST_UNREAD);
        let notification = replaced.or_else(|| oldest().map(|unread| unread.notification))?;
        Some(InboxEvent::NotificationsRead { notifications: vec![notification], settled: self.cause })
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;
    use crate::Decide as _;

    #[test]
    fn somebody_is_told_of_each_thing_that_happens() {
        let matters = [
            Matter::FriendRequest(FRIENDSHIP),
            Matter::FriendAccepted(FRIENDSHIP),
            Matter::RoomInvited(ROOM, 1),
            Matter::Message(said(ROOM, 4)),
            Matter::Mention(said(ROOM, 5)),
        ];
        for (cause, matter) in (1..).zip(matters) {
            given::<Inbox>(vec![]).when(notify(cause, matter)).then_expect_events(vec![notified(cause, matter)]);
        }
    }

    #[test]
    fn a_cause_that_was_told_or_lies_before_one_that_was_is_not_told_again() {
        let history = vec![notified(7, Matter::FriendRequest(FRIENDSHIP))];
        for cause in [1, 6, 7] {
            let again = given::<Inbox>(history.clone()).when(notify(cause, Matter::FriendRequest(FRIENDSHIP)));
            again.then_expect_events(vec![]);
        }
        let read = vec![notified(7, message(4)), read(&[(7, message(4))], 7)];
        given::<Inbox>(read).when(notify(7, message(4))).then_expect_events(vec![]);
    }

    #[test]
    fn who_asks_again_and_again_has_one_unread_request() {
        let request = Matter::FriendRequest(FRIENDSHIP);
        let again = given::<Inbox>(vec![notified(7, request)]).when(notify(9, request));
        again.then_expect_events(vec![read(&[(7, request)], 9), notified(9, request)]);
        for history in [
            vec![notified(7, request), read(&[(7, request)], 8)],
            vec![notified(7, Matter::FriendAccepted(FRIENDSHIP))],
        ] {
            given::<Inbox>(history).when(notify(9, request)).then_expect_events(vec![notified(9, request)]);
        }
    }

    #[test]
    fn a_room_has_one_unread_message_which_stays_the_first() {
        given::<Inbox>(vec![notified(7, message(4))]).when(notify(9, message(5))).then_expect_events(vec![]);
        let elsewhere = Matter::Message(said(OTHER_ROOM, 5));
        let told = given::<Inbox>(vec![notified(7, message(4))]).when(notify(9, elsewhere));
        told.then_expect_events(vec![notified(9, elsewhere)]);
    }

    #[test]
    fn a_mention_is_told_beside_an_unread_message() {
        let mention = Matter::Mention(said(ROOM, 5));
        let told = given::<Inbox>(vec![notified(7, message(4))]).when(notify(9, mention));
        told.then_expect_events(vec![notified(9, mention)]);
        let then = given::<Inbox>(vec![notified(7, mention)]).when(notify(9, message(6)));
        then.then_expect_events(vec![notified(9, message(6))]);
    }

    #[test]
    fn what_was_sent_before_the_message_was_read_is_settled_with_it() {
        let history = vec![notified(7, message(4)), read(&[(7, message(4))], 12)];
        given::<Inbox>(history.clone()).when(notify(12, message(6))).then_expect_events(vec![]);
        given::<Inbox>(history.clone()).when(notify(13, message(7))).then_expect_events(vec![notified(13, message(7))]);
        let elsewhere = Matter::Message(said(OTHER_ROOM, 5));
        given::<Inbox>(history).when(notify(9, elsewhere)).then_expect_events(vec![notified(9, elsewhere)]);
    }

    #[test]
    fn nothing_is_told_of_a_muted_room_and_all_else_is() {
        let history = vec![InboxEvent::RoomMuted { room: ROOM }];
        for matter in [message(4), Matter::Mention(said(ROOM, 4)), Matter::RoomInvited(ROOM, 4)] {
            given::<Inbox>(history.clone()).when(notify(9, matter)).then_expect_events(vec![]);
        }
        for matter in [Matter::Message(said(OTHER_ROOM, 4)), Matter::FriendRequest(FRIENDSHIP)] {
            given::<Inbox>(history.clone()).when(notify(9, matter)).then_expect_events(vec![notified(9, matter)]);
        }
    }

    #[test]
    fn with_one_too_many_the_oldest_becomes_read() {
        let mention = |n| Matter::Mention(said(ROOM, n));
        let full: Vec<_> = (1..=MOST_UNREAD as u64).map(|n| notified(n, mention(n))).collect();
        let events = state(full).decide(&notify(5_000, mention(5_000))).expect("never refused");
        assert_eq!(events[..2], [read(&[(1, mention(1))], 5_000), notified(5_000, mention(5_000))]);
    }

    #[test]
    fn old_ones_are_forgotten_once_in_a_hundred() {
        let many: Vec<_> = (1..=u64::from(PRUNED_EVERY)).map(|n| notified(n, Matter::Mention(said(ROOM, n)))).collect();
        let pruned = InboxEvent::NotificationsPruned { before: OLD };
        let matter = Matter::FriendRequest(FRIENDSHIP);
        let told = given::<Inbox>(many.clone()).when(notify(999, matter));
        told.then_expect_events(vec![notified(999, matter), pruned.clone()]);
        let then = given::<Inbox>([many, vec![pruned]].concat()).when(notify(999, matter));
        then.then_expect_events(vec![notified(999, matter)]);
    }

    #[test]
    fn of_more_rooms_than_are_kept_those_that_were_settled_last_stay_so() {
        let room = |n: u64| crate::RoomId(uuid::Uuid::from_u128(u128::from(n)));
        let told = |n| (n, Matter::Message(said(room(n), 1)));
        let all = 1..=super::super::MOST_SETTLED as u64 + 1;
        let events = all.flat_map(|n| [notified(n, told(n).1), read(&[told(n)], n + 10_000)]).collect();
        let inbox = state(events);
        assert_eq!(inbox.settled.len(), super::super::MOST_SETTLED);
        assert!(!inbox.settled.contains_key(&room(1)) && inbox.settled.contains_key(&room(2)));
    }
}
