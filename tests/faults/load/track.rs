//! How far a stream has come in each room, and whether the next frame may come next.

use std::collections::HashMap;

use serde_json::Value;
use world::Frame;

/// What a frame says about a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) room: String,
    /// The room's version; counted where the frame does not say it, unknown where nothing was heard of the room before.
    pub(crate) version: Option<u64>,
    pub(crate) event: String,
    /// The message that it is about.
    pub(crate) message: Option<String>,
}

/// The next version that is due in each room; none where the one who listens was put out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    /// Of a stream of one room: which.
    only: Option<String>,
    /// Who listens.
    user: String,
    next: HashMap<String, u64>,
    /// Where nothing is due: what may not come again.
    floor: HashMap<String, u64>,
}

impl Track {
    pub(crate) fn of(user: &str, only: Option<String>) -> Self {
        Self { user: user.to_owned(), only, ..Self::default() }
    }

    /// Up to where everything was heard.
    pub(crate) fn reached(&self, room: &str) -> u64 {
        self.next.get(room).map_or(0, |next| next - 1)
    }

    /// The stream of one room begins, or goes on, behind this version.
    pub(crate) fn begin(&mut self, version: u64) {
        if let Some(room) = self.only.clone() {
            self.next.insert(room, version + 1);
        }
    }

    /// Forgets what is due: after a reset the client reloads.
    pub(crate) fn reset(&mut self) {
        self.next.clear();
        self.floor.clear();
    }

    /// The next frame, if it is about a room's version; what is wrong with it otherwise.
    pub(crate) fn take(&mut self, frame: &Frame) -> Result<Option<Heard>, String> {
        let Some(room) = self.room_of(frame) else { return Ok(None) };
        let stated = self.stated(frame);
        let due = self.next.get(&room).copied();
        if let (Some(stated), Some(due)) = (stated, due)
            && stated != due
        {
            let what = if stated < due { "again or too late" } else { "behind a hole" };
            self.next.insert(room.clone(), stated.max(due.saturating_sub(1)) + 1);
            return Err(format!("{stated} where {due} is due, {what}: {frame:?}"));
        }
        let floor = self.floor.get(&room).copied().unwrap_or(0);
        if stated.is_some_and(|stated| stated <= floor) {
            return Err(format!("{stated:?} again, after {floor} was heard: {frame:?}"));
        }
        let version = if self.is_own_end(frame) { self.leave(&room, due) } else { stated.or(due) };
        if let Some(version) = version {
            self.next.insert(room.clone(), version + 1);
        }
        let message = frame.data["id"].as_str().filter(|_| frame.event != "room_changed").map(str::to_owned);
        Ok(Some(Heard { room, version, event: frame.event.clone(), message }))
    }

    /// On a stream of all rooms, the end of one of them: of the last frames before it some may be missing.
    fn is_own_end(&self, frame: &Frame) -> bool {
        self.only.is_none() && frame.event == "member_left" && frame.data["user_id"] == self.user.as_str()
    }

    fn leave(&mut self, room: &str, due: Option<u64>) -> Option<u64> {
        self.next.remove(room);
        let floor = self.floor.entry(room.to_owned()).or_default();
        *floor = (*floor).max(due.unwrap_or(1) - 1);
        None
    }

    fn room_of(&self, frame: &Frame) -> Option<String> {
        let field = match frame.event.as_str() {
            "room_changed" => "id",
            "new_message" | "message_edited" | "message_deleted" | "reaction" | "member_joined" | "member_left" => {
                "room_id"
            }
            _ => return None,
        };
        let room = frame.data[field].as_str().map(str::to_owned);
        room.or_else(|| self.only.clone())
    }

    fn stated(&self, frame: &Frame) -> Option<u64> {
        match self.only {
            Some(_) => frame.id.as_deref().and_then(|id| id.parse().ok()),
            None => frame.data.get("version").and_then(Value::as_u64),
        }
    }
}
