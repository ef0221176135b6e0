//! Somebody asks somebody to be friends.

use super::{Friendship, FriendshipError, FriendshipEvent, LONGEST_REQUEST_MESSAGE, Status};
use crate::text::TextError;
use crate::{Personal, UserId, text};

/// Asks; where the other's own request is pending, this accepts it.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestFriendship {
    pub requester: UserId,
    pub addressee: UserId,
    pub message: Option<String>,
}

impl RequestFriendship {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if self.requester == self.addressee {
            return Err(FriendshipError::Oneself);
        }
        let message = self.message()?;
        if pair.is_blocked() || !pair.erased.is_empty() {
            return Err(FriendshipError::Blocked);
        }
        match pair.status {
            Status::Accepted => Err(FriendshipError::AlreadyFriends),
            Status::Pending if pair.requester == Some(self.requester) => Err(FriendshipError::AlreadyPending),
            Status::Pending => Ok(vec![FriendshipEvent::FriendRequestAccepted { by: self.requester }]),
            Status::None | Status::Rejected | Status::Cancelled | Status::Removed => Ok(vec![self.asked(message)]),
        }
    }

    /// The message; a blank one is none.
    fn message(&self) -> Result<Option<&String>, FriendshipError> {
        let Some(message) = &self.message else { return Ok(None) };
        match text::content(message, LONGEST_REQUEST_MESSAGE) {
            Ok(()) => Ok(Some(message)),
            Err(TextError::Blank) => Ok(None),
            Err(reason) => Err(FriendshipError::Message(reason)),
        }
    }

    fn asked(&self, message: Option<&String>) -> FriendshipEvent {
        FriendshipEvent::FriendRequested {
            requester: self.requester,
            addressee: self.addressee,
            message: message.map(|text| Personal::about(self.requester, text.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn request(requester: UserId, addressee: UserId) -> FriendshipCommand {
        FriendshipCommand::Request(RequestFriendship { requester, addressee, message: None })
    }

    fn request_with(message: &str) -> FriendshipCommand {
        let message = Some(message.to_owned());
        FriendshipCommand::Request(RequestFriendship { requester: ANN, addressee: BOB, message })
    }

    #[test]
    fn a_first_request_waits_for_an_answer() {
        given::<Friendship>(vec![]).when(request(ANN, BOB)).then_expect_events(vec![asked()]);
    }

    #[test]
    fn a_message_goes_with_the_request_as_the_requesters_own() {
        let hello = vec![asks_with(ANN, BOB, "hello")];
        given::<Friendship>(vec![]).when(request_with("hello")).then_expect_events(hello);
    }

    #[test]
    fn nobody_befriends_oneself() {
        given::<Friendship>(vec![]).when(request(ANN, ANN)).then_expect_error(FriendshipError::Oneself);
    }

    #[test]
    fn a_pending_request_is_not_made_twice() {
        given::<Friendship>(vec![asked()]).when(request(ANN, BOB)).then_expect_error(FriendshipError::AlreadyPending);
    }

    #[test]
    fn a_request_that_crosses_anothers_accepts_it() {
        given::<Friendship>(vec![asked()]).when(request(BOB, ANN)).then_expect_events(vec![accepted(BOB)]);
    }

    #[test]
    fn crossing_requests_are_one_friendship_of_the_first_requester() {
        let friends = pair(vec![asked(), accepted(BOB)]);
        assert_eq!((friends.status(), friends.request()), (Status::Accepted, Some((ANN, BOB))));
    }

    #[test]
    fn friends_are_not_asked_again_by_either() {
        for (requester, addressee) in [(ANN, BOB), (BOB, ANN)] {
            let friends = given::<Friendship>(vec![asked(), accepted(BOB)]);
            friends.when(request(requester, addressee)).then_expect_error(FriendshipError::AlreadyFriends);
        }
    }

    #[test]
    fn either_asks_again_after_a_rejection_a_cancellation_or_a_removal() {
        for over in endings().into_iter().skip(1) {
            for (requester, addressee) in [(ANN, BOB), (BOB, ANN)] {
                let again = vec![asks(requester, addressee)];
                given::<Friendship>(over.clone()).when(request(requester, addressee)).then_expect_events(again);
            }
        }
    }

    #[test]
    fn whoever_asks_again_is_the_requester_then() {
        let again = pair(vec![asked(), rejected(BOB), asks(BOB, ANN)]);
        assert_eq!((again.status(), again.request()), (Status::Pending, Some((BOB, ANN))));
    }

    #[test]
    fn a_block_in_either_direction_makes_the_other_unknown_to_both() {
        for block in [blocked(ANN, BOB), blocked(BOB, ANN)] {
            for (requester, addressee) in [(ANN, BOB), (BOB, ANN)] {
                let asked = given::<Friendship>(vec![block.clone()]).when(request(requester, addressee));
                asked.then_expect_error(FriendshipError::Blocked);
            }
        }
    }

    #[test]
    fn a_lifted_block_lets_them_ask_again() {
        let history = vec![blocked(BOB, ANN), unblocked(BOB, ANN)];
        given::<Friendship>(history).when(request(ANN, BOB)).then_expect_events(vec![asked()]);
    }

    #[test]
    fn while_one_of_two_blocks_stands_nobody_asks() {
        let history = vec![blocked(BOB, ANN), blocked(ANN, BOB), unblocked(ANN, BOB)];
        given::<Friendship>(history).when(request(ANN, BOB)).then_expect_error(FriendshipError::Blocked);
    }

    #[test]
    fn a_message_has_up_to_500_characters() {
        let longest = "한".repeat(LONGEST_REQUEST_MESSAGE);
        let fits = vec![asks_with(ANN, BOB, &longest)];
        given::<Friendship>(vec![]).when(request_with(&longest)).then_expect_events(fits);
        let refused = FriendshipError::Message(TextError::TooLong);
        given::<Friendship>(vec![]).when(request_with(&(longest + "한"))).then_expect_error(refused);
    }

    #[test]
    fn a_blank_message_is_none() {
        for blank in ["", " \n"] {
            given::<Friendship>(vec![]).when(request_with(blank)).then_expect_events(vec![asked()]);
        }
    }
}
