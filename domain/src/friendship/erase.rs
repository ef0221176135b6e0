//! One of two is gone for good.

use super::{Friendship, FriendshipError, FriendshipEvent};
use crate::UserId;

/// Ends what is between the two on behalf of `user`, whose account is deleted, and erases what they wrote to the other. Doing it
/// again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasePerson {
    pub user: UserId,
    pub other: UserId,
}

impl ErasePerson {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        let Self { user, other } = *self;
        if pair.erased.contains(&user) {
            return Ok(vec![]);
        }
        let unblocked = FriendshipEvent::UserUnblocked { blocker: user, blocked: other };
        let unblocked = pair.is_blocked_by(user).then_some(unblocked);
        Ok(pair.ending(user).into_iter().chain(unblocked).chain([FriendshipEvent::PersonErased { user }]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::super::{FriendshipCommand, RequestFriendship};
    use super::*;

    fn erase(user: UserId, other: UserId) -> FriendshipCommand {
        FriendshipCommand::Erase(ErasePerson { user, other })
    }

    fn erased(user: UserId) -> FriendshipEvent {
        FriendshipEvent::PersonErased { user }
    }

    #[test]
    fn what_is_open_between_the_two_ends_on_behalf_of_who_goes() {
        for (history, user, other, ending) in [
            (vec![asked()], ANN, BOB, cancelled(ANN)),
            (vec![asked()], BOB, ANN, rejected(BOB)),
            (vec![asked(), accepted(BOB)], ANN, BOB, removed(ANN)),
            (vec![asked(), accepted(BOB)], BOB, ANN, removed(BOB)),
        ] {
            let gone = given::<Friendship>(history).when(erase(user, other));
            gone.then_expect_events(vec![ending, erased(user)]);
        }
    }

    #[test]
    fn what_is_over_is_only_erased() {
        for history in endings().into_iter().filter(|history| pair(history.clone()).ending(ANN).is_none()) {
            given::<Friendship>(history).when(erase(ANN, BOB)).then_expect_events(vec![erased(ANN)]);
        }
    }

    #[test]
    fn a_block_goes_with_who_made_it_and_stays_with_the_other() {
        let both = vec![blocked(ANN, BOB), blocked(BOB, ANN)];
        let gone = given::<Friendship>(both).when(erase(ANN, BOB));
        gone.then_expect_events(vec![unblocked(ANN, BOB), erased(ANN)]);
    }

    #[test]
    fn nobody_is_erased_twice_but_both_can_be() {
        let history = vec![asked(), cancelled(ANN), erased(ANN)];
        given::<Friendship>(history.clone()).when(erase(ANN, BOB)).then_expect_events(vec![]);
        given::<Friendship>(history).when(erase(BOB, ANN)).then_expect_events(vec![erased(BOB)]);
    }

    #[test]
    fn nobody_asks_or_is_asked_by_who_is_gone() {
        for (requester, addressee) in [(ANN, BOB), (BOB, ANN)] {
            let request = RequestFriendship { requester, addressee, message: None };
            let asked = given::<Friendship>(vec![erased(ANN)]).when(FriendshipCommand::Request(request));
            asked.then_expect_error(FriendshipError::Blocked);
        }
    }
}
