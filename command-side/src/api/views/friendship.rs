//! Where a pair stands, folded from its events.

use domain::friendship::{FriendshipEvent, Status};
use domain::{Envelope, Event, FriendshipId, Personal, UserId};

use super::FriendshipView;

impl FriendshipView {
    /// The friendship that these events made; `None` when nobody ever asked.
    pub(in crate::api) fn fold(events: &[Envelope]) -> Option<Self> {
        // A block before the first request is nobody's business.
        let is_request =
            |event: &&Envelope| matches!(event.payload, Event::Friendship(FriendshipEvent::FriendRequested { .. }));
        let created_at = events.iter().find(is_request)?.recorded_at;
        let friendship = events.iter().fold(None, |before, event| match &event.payload {
            Event::Friendship(said) => Self::after(before, said, event),
            _ => before,
        })?;
        Some(Self { created_at, ..friendship })
    }

    fn after(before: Option<Self>, said: &FriendshipEvent, event: &Envelope) -> Option<Self> {
        let status = match said {
            FriendshipEvent::FriendRequested { .. } => return Self::requested(said, event),
            FriendshipEvent::FriendRequestAccepted { .. } => Status::Accepted,
            FriendshipEvent::FriendRequestRejected { .. } => Status::Rejected,
            FriendshipEvent::FriendRequestCancelled { .. } => Status::Cancelled,
            FriendshipEvent::FriendRemoved { .. } => Status::Removed,
            FriendshipEvent::UserBlocked { .. } | FriendshipEvent::UserUnblocked { .. } => return before,
            FriendshipEvent::PersonErased { user } => return before.map(|pair| pair.without_words_of(*user)),
        };
        before.map(|pair| Self { status, updated_at: event.recorded_at, ..pair })
    }

    fn without_words_of(self, user: UserId) -> Self {
        let message = self.message.filter(|_| self.requester_id != user);
        Self { message, ..self }
    }

    fn requested(said: &FriendshipEvent, event: &Envelope) -> Option<Self> {
        let FriendshipEvent::FriendRequested { requester, addressee, message } = said else { return None };
        let id = FriendshipId(event.stream.id);
        Some(Self {
            id,
            request_id: id,
            requester_id: *requester,
            addressee_id: *addressee,
            user_id_1: *requester,
            user_id_2: *addressee,
            status: Status::Pending,
            message: message.as_ref().and_then(Personal::value).cloned(),
            created_at: event.recorded_at,
            updated_at: event.recorded_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::given::{ANN, BOB, past};

    fn asked(requester: UserId, addressee: UserId, message: Option<&str>) -> FriendshipEvent {
        let message = message.map(|text| Personal::about(requester, text.to_owned()));
        FriendshipEvent::FriendRequested { requester, addressee, message }
    }

    fn pair(events: impl IntoIterator<Item = FriendshipEvent>) -> Option<FriendshipView> {
        FriendshipView::fold(&past(FriendshipId::between(ANN, BOB), events))
    }

    #[test]
    fn a_request_says_who_asked_whom_and_what() {
        let view = pair([asked(ANN, BOB, Some("we met"))]).expect("a pair");
        assert_eq!((view.requester_id, view.addressee_id), (ANN, BOB));
        assert_eq!((view.user_id_1, view.user_id_2), (ANN, BOB));
        assert_eq!((view.id, view.request_id), (FriendshipId::between(ANN, BOB), view.id));
        assert_eq!((view.status, view.message.as_deref()), (Status::Pending, Some("we met")));
    }

    #[test]
    fn asking_again_turns_it_round_and_keeps_the_day_it_began() {
        let rejected = FriendshipEvent::FriendRequestRejected { by: BOB };
        let events =
            past(FriendshipId::between(ANN, BOB), [asked(ANN, BOB, Some("hi")), rejected, asked(BOB, ANN, None)]);
        let view = FriendshipView::fold(&events).expect("a pair");
        assert_eq!((view.requester_id, view.status, view.message), (BOB, Status::Pending, None));
        assert_eq!((view.created_at, view.updated_at), (events[0].recorded_at, events[2].recorded_at));
    }

    #[test]
    fn a_block_is_not_seen_in_it_but_what_it_ends_is() {
        let blocked = || FriendshipEvent::UserBlocked { blocker: BOB, blocked: ANN };
        let removed = FriendshipEvent::FriendRemoved { by: BOB };
        let events = [asked(ANN, BOB, None), FriendshipEvent::FriendRequestAccepted { by: BOB }, removed, blocked()];
        assert_eq!(pair(events).expect("a pair").status, Status::Removed);
        assert_eq!(pair([blocked()]), None);
    }
}
