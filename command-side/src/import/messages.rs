//! Bringing messages over.

use domain::room::{DeleteMessage, EditMessage, MessageType, Room, RoomCommand, SendMessage};
use domain::{MessageId, RoomId, StreamId, Timestamp, UserId, Version};

use super::order::order;
use super::steps::{Change, Step};
use super::{Import, Kind, judged, texts};
use crate::ports::{OlderMessage, Unavailable};

impl Import {
    pub(super) async fn message(
        &mut self,
        at: Timestamp,
        older: OlderMessage,
    ) -> Result<Vec<(Timestamp, Step)>, Unavailable> {
        self.report.read(Kind::Messages);
        let (message, author, room) = match self.place(&older) {
            Ok(place) => place,
            Err(why) => {
                self.report.skip(Kind::Messages, why, &older.id);
                return Ok(vec![]);
            }
        };
        // As it was sent, if it is known; what it became follows.
        let edited = older.edited_at.filter(|_| older.deleted_at.is_none());
        let first = older.original_content.as_deref().filter(|first| edited.is_some() && !first.trim().is_empty());
        let (content, is_changed) = texts::said(&older, first.unwrap_or(&older.content));
        let sent = Change { older: older.id.clone(), room, message, author, content, since: Timestamp::default() };
        if !self.say(&older, &sent, is_changed).await? {
            return Ok(vec![]);
        }
        self.times(Kind::Messages, &older.id, older.time_from, &[older.created_at, older.edited_at, older.deleted_at]);
        let edit = edited.map(|edited| at.max(edited)).map(|at| (at, Step::Edit(self.edited(&older, &sent, at))));
        let deletion = older.deleted_at.map(|deleted| (at.max(deleted), Step::Deletion(sent)));
        Ok(edit.into_iter().chain(deletion).collect())
    }

    /// The last of its edits, at `at`. What is said to come yet is brought when an import begins, each time another: of that any edit
    /// before was it.
    fn edited(&self, older: &OlderMessage, sent: &Change, at: Timestamp) -> Change {
        let is_future = older.created_at.max(older.edited_at) > Some(self.target.began);
        let since = if is_future { Timestamp::default() } else { at };
        Change { content: texts::said(older, &older.content).0, since, ..sent.clone() }
    }

    /// Where it belongs.
    fn place(&self, older: &OlderMessage) -> Result<(MessageId, UserId, RoomId), &'static str> {
        let message = MessageId::older(&older.id).ok_or("NOT_AN_ID")?;
        let user = older.user.filter(|user| self.knows(*user)).ok_or("UNKNOWN_USER")?;
        let room = older.room.and_then(|room| self.pairs.get(&room)).ok_or("UNKNOWN_ROOM")?;
        if !room.users.contains(&user) {
            return Err("NOT_A_MEMBER");
        }
        Ok((message, UserId::older(user), self.room_of(room).ok_or("UNKNOWN_ROOM")?))
    }

    /// Whether it stands there now.
    async fn say(&mut self, older: &OlderMessage, sent: &Change, is_changed: bool) -> Result<bool, Unavailable> {
        if !self.happened(sent.room, sent.message).await?.is_empty() {
            self.report.done(Kind::Messages, false);
            return Ok(true);
        }
        let message_type = match older.message_type.as_str() {
            "image" => MessageType::Image,
            "file" => MessageType::File,
            _ => MessageType::Text,
        };
        let Change { message, author, content, .. } = sent.clone();
        let send = SendMessage { message_id: message, author, content, message_type, reply_to: None, blocked: false };
        let answer = self.rooms.send(order::<Room>(sent.room.0, "send_message", author, RoomCommand::Send(send))).await;
        match judged(answer)? {
            Ok(changed) => self.report.done(Kind::Messages, changed),
            Err(why) => {
                self.report.skip(Kind::Messages, why, &older.id);
                return Ok(false);
            }
        }
        if is_changed {
            self.report.mend(Kind::Messages, "CONTENT_CHANGED", &older.id);
        }
        Ok(true)
    }

    /// The last of its edits: an import before may have brought an earlier one.
    pub(super) async fn edit(&mut self, change: Change) -> Result<(), Unavailable> {
        let Change { message: message_id, author: by, content, .. } = change.clone();
        let command = RoomCommand::Edit(EditMessage { by, message_id, content, blocked: false });
        self.change(change, "MessageEdited", command).await
    }

    /// By its author, whoever did it then: in a room of two nobody else does.
    pub(super) async fn deletion(&mut self, change: Change) -> Result<(), Unavailable> {
        let command = RoomCommand::Delete(DeleteMessage { by: change.author, message_id: change.message });
        self.change(change, "MessageDeleted", command).await
    }

    /// Does what has not happened to a message since then.
    async fn change(&mut self, change: Change, event: &str, command: RoomCommand) -> Result<(), Unavailable> {
        let happened = self.happened(change.room, change.message).await?;
        if happened.iter().any(|(at, what)| *at >= change.since && what == event) {
            self.report.done(Kind::Messages, false);
            return Ok(());
        }
        let order = order::<Room>(change.room.0, "change_message", change.author, command);
        match judged(self.rooms.send(order).await)? {
            Ok(changed) => self.report.done(Kind::Messages, changed),
            Err(why) => self.report.mend(Kind::Messages, why, &change.older),
        }
        Ok(())
    }

    /// What has happened to a message here, and when: types of events.
    pub(super) async fn happened(
        &self,
        room: RoomId,
        message: MessageId,
    ) -> Result<Vec<(Timestamp, String)>, Unavailable> {
        let about = self.target.history.about(StreamId::from(room), message.0, Version::MAX).await?;
        Ok(about.into_iter().map(|event| (event.recorded_at, event.payload.event_type)).collect())
    }
}
