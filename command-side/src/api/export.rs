//! `GET /api/profile/export`: everything that is held about oneself.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use domain::opened::Opened;
use domain::user::ImageName;
use domain::{
    Envelope, FriendshipId, InboxId, Kind, Place, Raw, ReadCursorId, RoomId, SessionId, StreamId, UserId, Version,
};
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::views::image_of;
use super::{Caller, Commands, Error, fresh};
use crate::ports::Holder;

/// How many rooms, or people, are looked up at once.
const TIES: u32 = 100;
/// How many events are read at once: what is held in memory of an export.
const EVENTS: u32 = 200;

/// Everything that is held about the caller, a JSON object a line: the profile, the sessions, the picture (base64, in its largest
/// size), and every event that they caused or that names them, personal data opened. The last line says how many there were; without
/// it something is missing. It breaks off when the session ends.
#[utoipa::path(get, path = "/api/profile/export", tag = "user",
    operation_id = "export_profile", security(("bearer" = [])),
    responses((status = 200, body = String, content_type = "application/jsonl"), (status = 401)))]
pub(super) async fn export(State(commands): State<Arc<Commands>>, caller: Caller) -> Result<Response, Error> {
    // The first lines before the answer begins: what is away is said so as long as it can be.
    let (first, export) = Export::of(commands, caller).next().await?;
    let rest = stream::try_unfold(export, async |export| match export {
        Some(export) => export.next().await.map(Some).map_err(unfinished),
        None => Ok(None),
    });
    let lines = stream::iter([Ok(first)]).chain(rest);
    let headers = [
        (CONTENT_TYPE, "application/jsonl"),
        (CONTENT_DISPOSITION, "attachment; filename=\"export.jsonl\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// An export that breaks off ends without its last line.
fn unfinished(error: Error) -> Error {
    tracing::warn!(%error, "an export breaks off");
    error
}

/// What is still to be written.
enum Part {
    Head,
    Others(Option<UserId>),
    Rooms(Option<RoomId>),
    Events(StreamId, Version),
}

/// An export on its way.
struct Export {
    commands: Arc<Commands>,
    user: UserId,
    session: SessionId,
    /// The next one last.
    parts: Vec<Part>,
    lines: u64,
}

impl Export {
    fn of(commands: Arc<Commands>, Caller { user, session }: Caller) -> Self {
        let events = |stream| Part::Events(stream, 0);
        let parts =
            [Part::Rooms(None), Part::Others(None), events(InboxId::of(user).into()), events(user.into()), Part::Head];
        Self { commands, user, session, parts: parts.into(), lines: 0 }
    }

    /// The next lines; behind the last nothing is left.
    async fn next(mut self) -> Result<(Bytes, Option<Self>), Error> {
        let mut lines = vec![];
        while lines.is_empty() {
            let Some(part) = self.parts.pop() else {
                let last = json!({ "type": "end", "lines": self.lines });
                return Ok((text(&[last]), None));
            };
            lines = self.write(part).await?;
            self.is_still_asked_for().await?;
        }
        self.lines += lines.len() as u64;
        Ok((text(&lines), Some(self)))
    }

    /// A connection may outlive the session that opened it.
    async fn is_still_asked_for(&self) -> Result<(), Error> {
        let sessions = self.commands.sessions.list(self.user).await?;
        let is_open = sessions.iter().any(|session| session.id == self.session);
        if is_open { Ok(()) } else { Err(Error::Unauthenticated) }
    }

    async fn write(&mut self, part: Part) -> Result<Vec<Value>, Error> {
        match part {
            Part::Head => self.head().await,
            Part::Others(after) => {
                let others = self.commands.ties.others(self.user, after, TIES).await?;
                self.parts.extend(others.last().map(|last| Part::Others(Some(*last))));
                let pair = |other: &UserId| Part::Events(FriendshipId::between(self.user, *other).into(), 0);
                self.parts.extend(others.iter().rev().map(pair));
                Ok(vec![])
            }
            Part::Rooms(after) => {
                let rooms = self.commands.ties.rooms(self.user, after, TIES).await?;
                self.parts.extend(rooms.last().map(|last| Part::Rooms(Some(*last))));
                for room in rooms.into_iter().rev() {
                    self.parts.push(Part::Events(ReadCursorId::of(room, self.user).into(), 0));
                    self.parts.push(Part::Events(room.into(), 0));
                }
                Ok(vec![])
            }
            Part::Events(stream, after) => self.events(stream, after).await,
        }
    }

    /// The profile with its picture, and the sessions, as they are now.
    async fn head(&self) -> Result<Vec<Value>, Error> {
        let Self { commands, user, .. } = self;
        let profile = commands.profile(*user, Version::MAX).await?;
        let image = match profile.image_url.as_deref().and_then(image_of) {
            Some(name) => self.image(&name).await?,
            None => None,
        };
        let sessions = commands.sessions.list(*user).await?;
        let mut lines = vec![
            json!({ "type": "export", "user_id": user, "created_at": fresh::now() }),
            json!({ "type": "profile", "profile": profile }),
        ];
        lines.extend(image);
        lines.extend(sessions.into_iter().map(|session| {
            json!({ "type": "session", "id": session.id, "created_at": session.created_at,
                "last_used_at": session.last_used_at, "user_agent": session.user_agent })
        }));
        Ok(lines)
    }

    /// The picture of the profile; one that was changed meanwhile may be gone.
    async fn image(&self, name: &ImageName) -> Result<Option<Value>, Error> {
        let image = self.commands.images.load(name).await?;
        let content_type = name.format.media_type();
        let line =
            |image| json!({ "type": "image", "content_type": content_type, "base64": BASE64.encode::<Bytes>(image) });
        Ok(image.map(line))
    }

    /// A page of a stream, as far as it is about the user.
    async fn events(&mut self, stream: StreamId, after: Version) -> Result<Vec<Value>, Error> {
        let page = self.commands.history.page(stream, after, EVENTS).await?;
        if let Some(last) = page.last() {
            self.parts.push(Part::Events(stream, last.version));
        }
        let mut own = vec![];
        for event in page {
            if self.is_about(&event).await? {
                let said = serde_json::from_str(&event.payload.json).map_err(|_| Error::Internal)?;
                own.push(event.with(Opened(said)));
            }
        }
        let mut holders: Vec<_> = own.iter_mut().map(holder).collect();
        self.commands.vault.open(&mut holders).await?;
        drop(holders);
        Ok(own.into_iter().map(line).collect())
    }

    /// Whether the user caused it or is named in it, or it took away what they wrote. Who blocks them is not theirs to know.
    async fn is_about(&self, event: &Envelope<Raw>) -> Result<bool, Error> {
        let by = event.actor.user == Some(self.user);
        // Of these kinds only streams of theirs are looked at.
        let is_own = matches!(event.stream.kind, Kind::User | Kind::Friendship | Kind::Inbox | Kind::ReadCursor);
        match event.payload.event_type.as_str() {
            "UserBlocked" | "UserUnblocked" => Ok(by),
            "MessageDeleted" if !by => {
                let sent = self.commands.history.about(event.stream, event.payload.subject, event.version).await?;
                Ok(sent.first().is_some_and(|sent| sent.actor.user == Some(self.user)))
            }
            _ => Ok(by || is_own || event.payload.json.contains(&self.user.to_string())),
        }
    }
}

fn holder(event: &mut Envelope<Opened>) -> Holder<'_> {
    Holder { place: Place::event(event.stream, event.version), fields: &mut event.payload }
}

fn line(event: Envelope<Opened>) -> Value {
    json!({
        "type": "event",
        "stream": event.stream.to_string(),
        // A gap in what happened between two would tell of a block.
        "version": Some(event.version).filter(|_| event.stream.kind != Kind::Friendship),
        "event_id": event.event_id,
        "recorded_at": event.recorded_at,
        "actor": event.actor.user,
        "correlation_id": event.actor.correlation_id,
        "data": event.payload.0,
    })
}

fn text(lines: &[Value]) -> Bytes {
    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_an_object_of_its_own() {
        let lines = [json!({ "type": "a", "text": "two\nlines" }), json!({ "type": "b" })];
        assert_eq!(&text(&lines)[..], b"{\"text\":\"two\\nlines\",\"type\":\"a\"}\n{\"type\":\"b\"}\n");
    }
}
