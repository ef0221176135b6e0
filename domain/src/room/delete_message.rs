//! A message is taken back.

use super::{Role, Room, RoomError, RoomEvent};
use crate::{MessageId, UserId};

/// Deletes one's own message or, as an admin, anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteMessage {
    pub by: UserId,
    pub message_id: MessageId,
}

impl DeleteMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        let role = room.role_of(self.by)?;
        let message = room.message(self.message_id)?;
        if message.author != self.by && role < Role::Admin {
            return Err(RoomError::NotAuthor);
        }
        if message.deleted {
            return Err(RoomError::MessageDeleted);
        }
        Ok(vec![RoomEvent::MessageDeleted { message_id: self.message_id, deleted_by: self.by }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;

    fn delete(by: UserId, n: u64) -> RoomCommand {
        RoomCommand::Delete(DeleteMessage { by, message_id: message(n) })
    }

    /// The owner, an admin and a member have each said something, in this order.
    fn talk() -> Vec<RoomEvent> {
        [group(), vec![said(1, ANN, "a"), said(2, BOB, "b"), said(3, CID, "c")]].concat()
    }

    #[test]
    fn owners_and_admins_delete_anybodys_message_and_members_their_own() {
        for (by, n, allowed) in [
            (ANN, 1, true),
            (ANN, 2, true),
            (ANN, 3, true),
            (BOB, 1, true),
            (BOB, 2, true),
            (BOB, 3, true),
            (CID, 1, false),
            (CID, 2, false),
            (CID, 3, true),
        ] {
            let expected = if allowed { Ok(vec![deleted(n, by)]) } else { Err(RoomError::NotAuthor) };
            assert_eq!(decide(&talk(), &delete(by, n)), expected, "{by} deletes {n}");
        }
    }

    #[test]
    fn in_a_direct_room_only_the_author_deletes() {
        let history = [direct(), vec![said(1, BOB, "b")]].concat();
        assert_eq!(decide(&history, &delete(BOB, 1)), Ok(vec![deleted(1, BOB)]));
        assert_eq!(decide(&history, &delete(ANN, 1)), Err(RoomError::NotAuthor));
    }

    #[test]
    fn a_message_is_deleted_once_whoever_did_it() {
        for (first, second) in [(CID, CID), (CID, ANN), (ANN, CID)] {
            let history = [talk(), vec![deleted(3, first)]].concat();
            assert_eq!(decide(&history, &delete(second, 3)), Err(RoomError::MessageDeleted));
        }
    }

    #[test]
    fn who_was_demoted_deletes_only_their_own() {
        let history = [talk(), vec![became(BOB, Plain, ANN)]].concat();
        assert_eq!(decide(&history, &delete(BOB, 3)), Err(RoomError::NotAuthor));
        assert_eq!(decide(&history, &delete(BOB, 2)), Ok(vec![deleted(2, BOB)]));
    }

    #[test]
    fn an_author_who_is_gone_deletes_nothing() {
        let history = [talk(), vec![removed(CID, ANN)]].concat();
        assert_eq!(decide(&history, &delete(CID, 3)), Err(RoomError::Gone));
        assert_eq!(decide(&history, &delete(DAN, 3)), Err(RoomError::NotFound));
    }

    #[test]
    fn the_message_of_an_author_who_is_gone_is_deleted_by_admins() {
        let history = [talk(), vec![left(CID)]].concat();
        assert_eq!(decide(&history, &delete(BOB, 3)), Ok(vec![deleted(3, BOB)]));
    }

    #[test]
    fn an_unknown_message_is_not_found() {
        assert_eq!(decide(&talk(), &delete(ANN, 7)), Err(RoomError::MessageNotFound));
    }
}
