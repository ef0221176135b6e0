//! A member says something.

use super::{LONGEST_CONTENT, MessageType, Room, RoomError, RoomEvent};
use crate::{MessageId, Personal, UserId, text};

/// Sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendMessage {
    pub message_id: MessageId,
    pub author: UserId,
    pub content: String,
    pub message_type: MessageType,
    pub reply_to: Option<MessageId>,
    /// Whether the two of a direct room have a block between them.
    pub blocked: bool,
}

impl SendMessage {
    pub(super) fn decide(&self, room: &Room) -> Result<Vec<RoomEvent>, RoomError> {
        room.role_of(self.author)?;
        room.may_write(&self.content, self.blocked)?;
        if let Some(replied) = self.reply_to {
            room.message(replied).map_err(|_| RoomError::ReplyElsewhere)?;
        }
        Ok(vec![RoomEvent::MessageSent {
            message_id: self.message_id,
            author: self.author,
            number: room.last_number + 1,
            content: Personal::about(self.author, self.content.clone()),
            message_type: self.message_type,
            reply_to: self.reply_to,
        }])
    }
}

impl Room {
    /// That this may be said here.
    pub(super) fn may_write(&self, content: &str, blocked: bool) -> Result<(), RoomError> {
        if blocked {
            return Err(RoomError::Blocked);
        }
        if self.is_deserted() {
            return Err(RoomError::Deserted);
        }
        text::content(content, LONGEST_CONTENT).map_err(|reason| RoomError::Text { field: "content", reason })
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoomCommand;
    use super::super::given::*;
    use super::*;
    use crate::text::TextError;

    fn message_of(author: UserId, n: u64, content: &str) -> SendMessage {
        SendMessage {
            message_id: message(n),
            author,
            content: content.to_owned(),
            message_type: MessageType::Text,
            reply_to: None,
            blocked: false,
        }
    }

    fn send(author: UserId, n: u64, content: &str) -> RoomCommand {
        RoomCommand::Send(message_of(author, n, content))
    }

    fn reply(n: u64, reply_to: MessageId) -> RoomCommand {
        RoomCommand::Send(SendMessage { reply_to: Some(reply_to), ..message_of(ANN, n, "yes") })
    }

    #[test]
    fn a_member_says_something_as_it_was_typed() {
        for author in [ANN, BOB, CID] {
            let sent = given::<Room>(group()).when(send(author, 1, " hello \n"));
            sent.then_expect_events(vec![said(1, author, " hello \n")]);
        }
        given::<Room>(direct()).when(send(BOB, 1, "hello")).then_expect_events(vec![said(1, BOB, "hello")]);
    }

    #[test]
    fn messages_are_numbered_whatever_else_happens_between() {
        let history = [group(), vec![said(1, ANN, "a"), joined(DAN, ANN), said(2, BOB, "b"), deleted(2, BOB)]].concat();
        assert_eq!(room(&history).last_number(), 2);
        given::<Room>(history).when(send(DAN, 3, "c")).then_expect_events(vec![said(3, DAN, "c")]);
    }

    #[test]
    fn outsiders_do_not_learn_of_the_room_and_those_who_are_gone_are_told() {
        for (author, refused) in [(DAN, RoomError::NotFound), (EVE, RoomError::Gone)] {
            given::<Room>(group()).when(send(author, 1, "hello")).then_expect_error(refused);
        }
        given::<Room>(vec![]).when(send(ANN, 1, "hello")).then_expect_error(RoomError::NotFound);
        given::<Room>(closed()).when(send(ANN, 1, "hello")).then_expect_error(RoomError::Gone);
    }

    #[test]
    fn a_send_that_is_decided_after_a_removal_is_refused() {
        let history = [group(), vec![said(1, CID, "hello"), removed(CID, BOB)]].concat();
        given::<Room>(history).when(send(CID, 2, "still here")).then_expect_error(RoomError::Gone);
    }

    #[test]
    fn who_was_added_again_speaks_again() {
        let history = [group(), vec![removed(CID, BOB), joined(CID, ANN)]].concat();
        given::<Room>(history).when(send(CID, 1, "back")).then_expect_events(vec![said(1, CID, "back")]);
    }

    #[test]
    fn a_block_between_the_two_of_a_direct_room_keeps_either_from_writing() {
        for author in [ANN, BOB] {
            let command = RoomCommand::Send(SendMessage { blocked: true, ..message_of(author, 1, "hello") });
            given::<Room>(direct()).when(command).then_expect_error(RoomError::Blocked);
        }
    }

    #[test]
    fn a_message_has_1_to_4000_characters() {
        let longest = "한".repeat(LONGEST_CONTENT);
        given::<Room>(group()).when(send(ANN, 1, &longest)).then_expect_events(vec![said(1, ANN, &longest)]);
        for (content, reason) in [
            ("", TextError::Blank),
            ("\u{200b}\n", TextError::Blank),
            (&*(longest + "한"), TextError::TooLong),
            ("a\0", TextError::Forbidden),
        ] {
            let refused = RoomError::Text { field: "content", reason };
            given::<Room>(group()).when(send(ANN, 1, content)).then_expect_error(refused);
        }
    }

    #[test]
    fn a_message_says_of_what_type_it_is() {
        let command = SendMessage { message_type: MessageType::Image, ..message_of(ANN, 1, "cat.png") };
        let sent = given::<Room>(group()).when(RoomCommand::Send(command)).inspect_result().expect("a member");
        assert!(matches!(sent[..], [RoomEvent::MessageSent { message_type: MessageType::Image, .. }]), "{sent:?}");
    }

    #[test]
    fn a_reply_names_the_message_that_it_answers() {
        let history = [group(), vec![said(1, BOB, "tea?")]].concat();
        let RoomEvent::MessageSent { message_id, author, number, content, message_type, .. } = said(2, ANN, "yes")
        else {
            unreachable!()
        };
        let reply_to = Some(message(1));
        let replied = RoomEvent::MessageSent { message_id, author, number, content, message_type, reply_to };
        assert_eq!(decide(&history, &reply(2, message(1))), Ok(vec![replied]));
    }

    #[test]
    fn a_deleted_message_can_still_be_replied_to() {
        let history = [group(), vec![said(1, BOB, "tea?"), deleted(1, BOB)]].concat();
        assert!(decide(&history, &reply(2, message(1))).is_ok());
    }

    #[test]
    fn a_reply_to_a_message_of_another_room_is_refused() {
        let history = [group(), vec![said(1, BOB, "tea?")]].concat();
        assert_eq!(decide(&history, &reply(2, message(7))), Err(RoomError::ReplyElsewhere));
    }

    #[test]
    fn a_reply_to_itself_is_refused() {
        assert_eq!(decide(&group(), &reply(1, message(1))), Err(RoomError::ReplyElsewhere));
    }
}
