//! An author says it otherwise.

use super::{Room, RoomError, RoomEvent};
use crate::{MessageId, Personal, UserId};

/// How often a message can be edited. Whoever judges it reads all of its changes, and the room waits for that.
const MOST_EDITS: usize = 100;

/// Puts other content into one's own message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMessage {
    pub by: UserId,
    pub message_id: MessageId,
    pub content: String,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl EditMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.role_of(self.by)?;
        let message = room.message(self.message_id)?;
        if message.author != self.by {
            return Err(RoomError::NotAuthor);
        }
        if message.deleted {
            return Err(RoomError::MessageDeleted);
        }
        room.may_write(&self.content, self.blocked)?;
        if message.edits >= MOST_EDITS {
            return Err(RoomError::TooManyEdits);
        }
        let content = Personal::about(self.by, self.content.clone());
        Ok(vec![RoomEvent::MessageEdited { message_id: self.message_id, content }])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate as _;

    use super::super::given::*;
    use super::super::{LONGEST_CONTENT, RoomCommand};
    use super::*;
    use crate::Decide as _;
    use crate::text::TextError;

    fn edit_of(by: UserId, n: u64, content: &str) -> EditMessage {
        EditMessage { by, message_id: message(n), content: content.to_owned(), blocked: false }
    }

    fn edit(by: UserId, n: u64, content: &str) -> RoomCommand {
        RoomCommand::Edit(edit_of(by, n, content))
    }

    fn after(more: &[RoomEvent]) -> Vec<RoomEvent> {
        [group(), vec![said(1, CID, "helo")], more.to_vec()].concat()
    }

    #[test]
    fn an_author_says_it_otherwise() {
        assert_eq!(decide(&after(&[]), &edit(CID, 1, "hello")), Ok(vec![edited(1, CID, "hello")]));
        let twice = after(&[edited(1, CID, "hello")]);
        assert_eq!(decide(&twice, &edit(CID, 1, "hello!")), Ok(vec![edited(1, CID, "hello!")]));
    }

    #[test]
    fn nobody_edits_what_another_wrote_not_even_an_owner() {
        for by in [ANN, BOB] {
            assert_eq!(decide(&after(&[]), &edit(by, 1, "hi")), Err(RoomError::NotAuthor));
        }
        let in_direct = [direct(), vec![said(1, BOB, "hello")]].concat();
        assert_eq!(decide(&in_direct, &edit(ANN, 1, "hi")), Err(RoomError::NotAuthor));
    }

    #[test]
    fn a_message_is_edited_at_most_100_times() {
        let often = vec![edited(1, CID, "hi"); MOST_EDITS];
        assert!(decide(&after(&often[1..]), &edit(CID, 1, "hi")).is_ok());
        assert_eq!(decide(&after(&often), &edit(CID, 1, "hi")), Err(RoomError::TooManyEdits));
    }

    #[test]
    fn a_deleted_message_is_not_edited() {
        for by in [CID, ANN] {
            assert_eq!(decide(&after(&[deleted(1, by)]), &edit(CID, 1, "hi")), Err(RoomError::MessageDeleted));
        }
    }

    #[test]
    fn an_edit_that_waited_behind_a_deletion_is_refused() {
        let command = edit(CID, 1, "hi");
        let mut room = judging(&after(&[]), &command);
        room.apply(deleted(1, CID));
        assert_eq!(room.unjudged(&command), None);
        assert_eq!(room.decide(&command), Err(RoomError::MessageDeleted));
    }

    #[test]
    fn a_message_that_was_let_go_is_asked_for_again() {
        let command = edit(CID, 1, "hi");
        let mut room = judging(&after(&[]), &command);
        room.forget_parts();
        assert_eq!(room.unjudged(&command), Some(message(1).0));
        assert_eq!(room.decide(&command), Err(RoomError::MessageNotFound));
    }

    #[test]
    fn an_unknown_message_is_not_found() {
        assert_eq!(decide(&after(&[]), &edit(CID, 7, "hi")), Err(RoomError::MessageNotFound));
    }

    #[test]
    fn an_author_who_is_gone_edits_nothing() {
        assert_eq!(decide(&after(&[removed(CID, ANN)]), &edit(CID, 1, "hi")), Err(RoomError::Gone));
        assert_eq!(decide(&after(&[]), &edit(DAN, 1, "hi")), Err(RoomError::NotFound));
    }

    #[test]
    fn a_block_keeps_an_author_from_writing_into_an_old_message() {
        let history = [direct(), vec![said(1, ANN, "helo")]].concat();
        let command = RoomCommand::Edit(EditMessage { blocked: true, ..edit_of(ANN, 1, "hello") });
        assert_eq!(decide(&history, &command), Err(RoomError::Blocked));
    }

    #[test]
    fn the_new_content_has_1_to_4000_characters_too() {
        let too_long = "a".repeat(LONGEST_CONTENT + 1);
        for (content, reason) in [(" ", TextError::Blank), (&*too_long, TextError::TooLong)] {
            let refused = RoomError::Text { field: "content", reason };
            assert_eq!(decide(&after(&[]), &edit(CID, 1, content)), Err(refused));
        }
    }
}
