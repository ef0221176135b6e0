//! A friendship ends.

use super::{Friendship, FriendshipError, FriendshipEvent, Status};
use crate::UserId;

/// Ends the friendship, from either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveFriend {
    pub by: UserId,
}

impl RemoveFriend {
    pub(super) fn decide(&self, pair: &Friendship) -> Result<Vec<FriendshipEvent>, FriendshipError> {
        if pair.status != Status::Accepted || !pair.is_between(self.by) {
            return Err(FriendshipError::NotFriends);
        }
        Ok(vec![FriendshipEvent::FriendRemoved { by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::FriendshipCommand;
    use super::super::given::*;
    use super::*;

    fn remove(by: UserId) -> FriendshipCommand {
        FriendshipCommand::Remove(RemoveFriend { by })
    }

    #[test]
    fn either_of_two_friends_ends_the_friendship() {
        for by in [ANN, BOB] {
            let friends = given::<Friendship>(vec![asked(), accepted(BOB)]);
            friends.when(remove(by)).then_expect_events(vec![removed(by)]);
        }
    }

    #[test]
    fn who_is_not_a_friend_can_not_be_removed() {
        let strangers = [
            vec![],
            vec![asked()],
            vec![asked(), rejected(BOB)],
            vec![asked(), accepted(BOB), removed(BOB)],
            vec![asked(), accepted(BOB), removed(BOB), blocked(BOB, ANN)],
        ];
        for history in strangers {
            given::<Friendship>(history).when(remove(ANN)).then_expect_error(FriendshipError::NotFriends);
        }
    }

    #[test]
    fn nobody_else_ends_a_friendship() {
        let friends = given::<Friendship>(vec![asked(), accepted(BOB)]);
        friends.when(remove(CID)).then_expect_error(FriendshipError::NotFriends);
    }
}
