//! Rooms as one of their members sees them.

use std::collections::HashMap;

use command_side::api::Error;
use command_side::api::views::{MessageView, RoomView};
use domain::room::{RoomError, RoomType};
use domain::{Position, Refusal, RoomId};
use serde::{Deserialize, Serialize};

use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{RoomShape, RoomState, Timeline};

/// Where the next page of rooms begins: behind the room with this activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomCursor(pub(crate) Position, pub(crate) RoomId);

impl Cursor for RoomCursor {
    const LIST: &'static str = "rooms";
}

impl Inquiry {
    /// One room.
    ///
    /// # Errors
    /// 404 for outsiders, 403 for those who are gone.
    pub(crate) async fn room(&self, room: Option<RoomId>) -> Result<RoomView, Error> {
        let timeline = self.timeline().await?;
        let state = self.room_state(&*timeline, room).await?;
        let mut views = self.views(&*timeline, vec![state]).await?;
        views.pop().ok_or_else(|| Refusal::from(RoomError::NotFound).into())
    }

    /// A page of the caller's rooms, newest activity first, and where the next one begins.
    pub(crate) async fn rooms(
        &self,
        after: Option<RoomCursor>,
        skip: u64,
        limit: u32,
    ) -> Result<(Vec<RoomView>, Option<RoomCursor>), Error> {
        let timeline = self.timeline().await?;
        let after = after.map(|RoomCursor(activity, room)| (activity, room));
        let mut states = timeline.rooms(self.caller, after, skip, limit + 1).await?;
        let has_more = states.len() > limit as usize;
        states.truncate(limit as usize);
        let next = states.last().filter(|_| has_more).map(|last| RoomCursor(last.activity, last.room));
        Ok((self.views(&*timeline, states).await?, next))
    }

    /// Puts shapes and last messages to the states of rooms. What the directory does not know yet is left out.
    async fn views(&self, timeline: &dyn Timeline, states: Vec<RoomState>) -> Result<Vec<RoomView>, Error> {
        if states.iter().any(|state| state.is_parked) {
            self.note_stale();
        }
        let ids: Vec<_> = states.iter().map(|state| state.room).collect();
        // What came after the state was read may be nothing for the caller any more.
        let reached: Vec<_> = states.iter().map(|state| (state.room, state.applied)).collect();
        let last = async { self.complete(timeline, timeline.last_messages(&reached).await?).await };
        let shapes = async { Ok(self.directory().await?.shapes(&ids).await?) };
        let (last, shapes) = futures::try_join!(last, shapes)?;
        let mut last: HashMap<_, _> = last.into_iter().map(|message| (message.room_id, message)).collect();
        let mut shapes: HashMap<_, _> = shapes.into_iter().map(|shape| (shape.id, shape)).collect();
        let known = states.into_iter().filter_map(|state| Some((shapes.remove(&state.room)?, state)));
        known.map(|(shape, state)| view(shape, &state, last.remove(&state.room))).collect()
    }
}

fn view(shape: RoomShape, state: &RoomState, last: Option<MessageView>) -> Result<RoomView, Error> {
    let (user_1_id, user_2_id) = pair(&shape).unzip();
    Ok(RoomView {
        id: shape.id,
        room_type: shape.room_type,
        name: shape.name,
        user_1_id,
        user_2_id,
        participants: shape.participants,
        last_message: last.map(serde_json::to_value).transpose().map_err(|_| Error::Internal)?,
        unread_count: state.unread,
        version: state.applied,
        created_at: shape.created_at,
        updated_at: state.activity_at,
    })
}

/// The two of a direct room, in the order of their ids.
pub(crate) fn pair(shape: &RoomShape) -> Option<(domain::UserId, domain::UserId)> {
    let [a, b] = shape.participants.as_slice() else { return None };
    (shape.room_type == RoomType::Direct).then(|| (a.id.min(b.id), a.id.max(b.id)))
}
