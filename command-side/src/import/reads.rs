//! Bringing over who has read what: each message that was read moves its reader's mark, if that stood before it.

use domain::event::read;
use domain::read_cursor::{MarkRead, ReadCursor, ReadCursorCommand};
use domain::room::RoomEvent;
use domain::{MessageId, ReadCursorId, RoomId, StreamId, UserId, Version};

use super::order::order;
use super::{Import, Kind, judged};
use crate::ports::{OlderRead, Unavailable};

impl Import {
    /// What was read of what is not there yet waits, unless this is the `last` time.
    pub(super) async fn read(&mut self, older: OlderRead, last: bool) -> Result<(), Unavailable> {
        let place = match self.place_of(&older) {
            Ok(place) => place,
            Err(why) => {
                self.unread(&older, why);
                return Ok(());
            }
        };
        let (message, user, room) = place;
        let Some((up_to, number)) = self.sent(room, message).await? else {
            match last {
                true => self.unread(&older, "UNKNOWN_MESSAGE"),
                false => self.early.push(older),
            }
            return Ok(());
        };
        self.report.read(Kind::Reads);
        self.times(Kind::Reads, &older.message, older.time_from, &[older.read_at]);
        let room_version = self.rooms.look(room.0).await?.version;
        let command = ReadCursorCommand::MarkRead(MarkRead { room, user, up_to, number, room_version, unread: 1 });
        let order = order::<ReadCursor>(ReadCursorId::of(room, user).0, "mark_read", user, command);
        match judged(self.read_cursors.send(order).await)? {
            Ok(changed) => self.report.done(Kind::Reads, changed),
            Err(why) => self.report.skip(Kind::Reads, why, &older.message),
        }
        Ok(())
    }

    fn unread(&mut self, older: &OlderRead, why: &'static str) {
        self.report.read(Kind::Reads);
        self.report.skip(Kind::Reads, why, &older.message);
    }

    fn place_of(&self, older: &OlderRead) -> Result<(MessageId, UserId, RoomId), &'static str> {
        let message = MessageId::older(&older.message).ok_or("NOT_AN_ID")?;
        let user = older.user.filter(|user| self.knows(*user)).ok_or("UNKNOWN_USER")?;
        let room = older.room.and_then(|room| self.pairs.get(&room)).ok_or("UNKNOWN_ROOM")?;
        if !room.users.contains(&user) {
            return Err("NOT_A_MEMBER");
        }
        Ok((message, UserId::older(user), self.room_of(room).ok_or("UNKNOWN_ROOM")?))
    }

    /// At which version of its room a message was sent, and which one it was there.
    async fn sent(&self, room: RoomId, message: MessageId) -> Result<Option<(Version, u64)>, Unavailable> {
        let about = self.target.history.about(StreamId::from(room), message.0, Version::MAX).await?;
        let Some(first) = about.into_iter().find(|event| event.payload.event_type == "MessageSent") else {
            return Ok(None);
        };
        let raw = &first.payload;
        match read(&raw.event_type, raw.schema_version, &raw.json).map_err(|error| Unavailable(error.to_string()))? {
            RoomEvent::MessageSent { number, .. } => Ok(Some((first.version, number))),
            _ => Ok(None),
        }
    }
}
