//! `POST /api/messages/read`: how far somebody has read a room.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::read_cursor::{MarkRead, ReadCursorCommand, ReadCursorEvent};
use domain::room::{Room, RoomError, RoomEvent};
use domain::{Envelope, Event, MessageId, NoticeId, Raw, ReadCursorId, RoomId, StreamId, UserId, Version};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::past::read;
use super::{Commands, Error};
use crate::dispatch::{Loaded, Outcome};

const READ: Act = Act("mark_read", StatusCode::OK);
/// The most messages that are named at once.
const MOST_MESSAGES: usize = 1000;
/// How many of them are looked up together.
const AT_ONCE: usize = 16;

#[derive(Deserialize, ToSchema)]
pub(super) struct HasRead {
    room_id: String,
    /// Up to 1000 messages; everything up to the newest of them is read.
    message_ids: Option<Vec<String>>,
    /// A version; everything up to it is read. Where neither is given, all is.
    up_to: Option<Version>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct MarkedRead {
    success: bool,
    /// How many messages were unread before.
    read_count: u64,
    message: String,
}

/// How far a room was read: its version, and the number of the last message at or below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    up_to: Version,
    number: u64,
}

/// Says how far the caller has read a room.
#[utoipa::path(post, path = "/api/messages/read", tag = "chat", request_body = HasRead, security(("bearer" = [])),
    responses((status = 200, body = MarkedRead), (status = 401), (status = 403, description = "NOT_A_MEMBER"),
        (status = 404, description = "ROOM_NOT_FOUND, MESSAGE_NOT_FOUND"),
        (status = 422, description = "NOT_THERE_YET")))]
pub(super) async fn mark_read(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<HasRead>,
) -> Result<Response, Error> {
    let outcome = commands.once(&asker, commands.mark_read(&asker, &body)).await?;
    let read_count = newly_read(&outcome);
    let noted = commands.note_last(asker.user(), outcome).await?;
    let message = format!("{read_count} messages marked as read");
    Ok(noted.with(READ, MarkedRead { success: true, read_count, message }))
}

impl Commands {
    async fn mark_read(&self, asker: &Asker, body: &HasRead) -> Result<Outcome, Error> {
        let room = self.room_of(&body.room_id).await?.ok_or(RoomError::NotFound)?;
        let (user, loaded) = (asker.user(), self.rooms.look(room.0).await?);
        loaded.state.role_of(user)?;
        let Mark { up_to, number } = self.mark(room, &loaded, body).await?;
        let unread = self.unread(user, room, loaded.version, number).await?;
        let command = MarkRead { room, user, up_to, number, room_version: loaded.version, unread };
        let order = asker.order(READ, ReadCursorId::of(room, user).0, ReadCursorCommand::MarkRead(command));
        Ok(self.read_cursors.send(order).await?)
    }

    async fn mark(&self, room: RoomId, loaded: &Loaded<Room>, body: &HasRead) -> Result<Mark, Error> {
        let stream = StreamId::from(room);
        match (&body.message_ids, body.up_to) {
            (Some(ids), _) => self.newest_of(stream, loaded.version, ids).await,
            (None, Some(up_to)) => self.mark_at(stream, loaded.version, up_to).await,
            (None, None) => Ok(Mark { up_to: loaded.version, number: loaded.state.last_number() }),
        }
    }

    async fn mark_at(&self, stream: StreamId, version: Version, up_to: Version) -> Result<Mark, Error> {
        let last = self.history.last_of_type(stream, "MessageSent", up_to.min(version)).await?;
        let number = last.map(sent).transpose()?.map_or(0, |mark| mark.number);
        Ok(Mark { up_to, number })
    }

    /// Where the newest of these messages stands, or of what is told between them; those of other rooms are passed over.
    async fn newest_of(&self, stream: StreamId, version: Version, ids: &[String]) -> Result<Mark, Error> {
        if ids.len() > MOST_MESSAGES {
            let message = format!("message_ids are up to {MOST_MESSAGES}");
            return Err(Error::field("message_ids", "TOO_MANY", message));
        }
        let messages: Vec<MessageId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let told = ids.iter().filter_map(|id| id.parse::<NoticeId>().ok()).filter(|told| told.room.0 == stream.id);
        let mut newest = match told.map(|told| told.version).max() {
            Some(up_to) => Some(self.mark_at(stream, version, up_to).await?),
            None => None,
        };
        for some in messages.chunks(AT_ONCE) {
            let marks = try_join_all(some.iter().map(|message| self.sending_of(stream, version, *message))).await?;
            newest = newest.max(marks.into_iter().flatten().max());
        }
        if newest.is_none() && !ids.is_empty() {
            return Err(RoomError::MessageNotFound.into());
        }
        Ok(newest.unwrap_or_default())
    }

    async fn sending_of(&self, stream: StreamId, version: Version, message: MessageId) -> Result<Option<Mark>, Error> {
        let about = self.history.about(stream, message.0, version).await?;
        let first = about.into_iter().next().filter(|event| event.payload.event_type == "MessageSent");
        first.map(sent).transpose()
    }

    /// How many messages up to the `number`-th the reader has not read, as of the room's `version`.
    async fn unread(&self, user: UserId, room: RoomId, version: Version, number: u64) -> Result<u64, Error> {
        // What is to be marked was seen: without this, the read models need not have got so far.
        if let Some(head) = self.history.at(StreamId::from(room), version).await? {
            self.note(user, &head).await;
        }
        Ok(self.people.unread(user, room, number).await)
    }
}

/// Where a message stands that was sent with this event.
fn sent(stored: Envelope<Raw>) -> Result<Mark, Error> {
    let event = read(stored)?;
    match event.payload {
        Event::Room(RoomEvent::MessageSent { number, .. }) => Ok(Mark { up_to: event.version, number }),
        _ => Err(Error::Internal),
    }
}

fn newly_read(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Done(event) | Outcome::Repeated(event) => match event.payload {
            Event::ReadCursor(ReadCursorEvent::ReadMarkMoved { newly_read, .. }) => newly_read,
            _ => 0,
        },
        Outcome::Unchanged(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::parse;
    use super::super::given::{ANN, ROOM, past};
    use super::*;

    #[test]
    fn what_was_read_before_is_not_counted_again() {
        let moved = ReadCursorEvent::ReadMarkMoved { room: ROOM, user: ANN, up_to: 9, number: 5, newly_read: 3 };
        let event = past(ReadCursorId::of(ROOM, ANN), [moved]).remove(0);
        assert_eq!(newly_read(&Outcome::Done(event.clone())), 3);
        assert_eq!(newly_read(&Outcome::Repeated(event.clone())), 3);
        assert_eq!(newly_read(&Outcome::Unchanged(Some(event))), 0);
        assert_eq!(newly_read(&Outcome::Unchanged(None)), 0);
    }

    #[test]
    fn a_mark_is_a_version_and_messages_are_a_list() {
        let read = |more: &str| parse::<HasRead>(format!(r#"{{"room_id":"x"{more}}}"#).as_bytes());
        assert_eq!(read(r#","up_to":7,"message_ids":null"#).expect("a mark").up_to, Some(7));
        for (field, wrong) in [("up_to", "-1"), ("up_to", r#""x""#), ("message_ids", r#""x""#), ("message_ids", "[7]")]
        {
            let refused = read(&format!(r#","{field}":{wrong}"#)).err();
            assert!(matches!(refused, Some(Error::Invalid(errors)) if errors[0].field.starts_with(field)), "{wrong}");
        }
    }

    #[test]
    fn the_newest_mark_is_the_farthest() {
        let marks = [None, Some(Mark { up_to: 3, number: 2 }), Some(Mark { up_to: 9, number: 4 })];
        assert_eq!(marks.into_iter().flatten().max(), Some(Mark { up_to: 9, number: 4 }));
    }
}
