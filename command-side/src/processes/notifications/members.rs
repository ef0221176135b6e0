//! Who was in a room when something was said there.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::room::RoomEvent;
use domain::stored::Raw;
use domain::{Envelope, Event, RoomId, StreamId, UserId, Version};
use parking_lot::Mutex;

use crate::ports::{History, Unavailable};

/// Of so many rooms the members are remembered.
const MOST: usize = 2_000;

/// The members of rooms as of where the log is looked at; those that are not remembered are folded from their rooms' events.
pub(super) struct Members {
    history: Arc<dyn History>,
    known: Mutex<HashMap<RoomId, Arc<BTreeSet<UserId>>>>,
}

impl Members {
    pub(super) fn new(history: Arc<dyn History>) -> Self {
        Self { history, known: Mutex::default() }
    }

    /// Forgets all, because the log is looked at from somewhere else.
    pub(super) fn forget(&self) {
        self.known.lock().clear();
    }

    /// Takes in what happens in a room.
    pub(super) fn hear(&self, room: RoomId, said: &RoomEvent) {
        if let Some(members) = self.known.lock().get_mut(&room) {
            take_in(members, said);
        }
    }

    /// Who is in `room` at its `version`, which is where the log is looked at.
    pub(super) async fn of(&self, room: RoomId, version: Version) -> Result<Arc<BTreeSet<UserId>>, Unavailable> {
        if let Some(members) = self.known.lock().get(&room) {
            return Ok(members.clone());
        }
        let members = self.fold(room, version).await?;
        let mut known = self.known.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(room, members.clone());
        Ok(members)
    }

    /// Who was in `room` at one of its versions, however far back.
    pub(super) async fn fold(&self, room: RoomId, version: Version) -> Result<Arc<BTreeSet<UserId>>, Unavailable> {
        let mut members = Arc::default();
        for stored in self.history.about(StreamId::from(room), room.0, version).await? {
            if let Event::Room(said) = read(stored)?.payload {
                take_in(&mut members, &said);
            }
        }
        Ok(members)
    }
}

fn take_in(members: &mut Arc<BTreeSet<UserId>>, said: &RoomEvent) {
    match said {
        RoomEvent::RoomOpened { members: first, .. } => {
            *members = Arc::new(first.iter().map(|member| member.user).collect());
        }
        RoomEvent::MemberJoined { user, .. } => _ = Arc::make_mut(members).insert(*user),
        RoomEvent::MemberLeft { user }
        | RoomEvent::MemberRemoved { user, .. }
        | RoomEvent::MemberErased { user, .. } => {
            Arc::make_mut(members).remove(user);
        }
        _ => {}
    }
}

/// Reads a stored event; personal fields stay sealed.
pub(super) fn read(stored: Envelope<Raw>) -> Result<Envelope, Unavailable> {
    let raw = &stored.payload;
    let event = Event::read(stored.stream.kind, &raw.event_type, raw.schema_version, &raw.json);
    let event = event.map_err(|error| Unavailable(format!("{}: {error}", stored.stream)))?;
    Ok(stored.with(event))
}
