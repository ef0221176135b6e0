//! How far each has read: the highest of what they said and of their own messages.

use domain::read_cursor::ReadCursorEvent;
use domain::room::RoomEvent;
use domain::{Envelope, Event, RoomId, Timestamp, UserId, Version};

use super::{TimelineChange, room_of};

/// A member has read a room up to its `number`-th message; one with a lower number than the mark there is changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMark {
    pub room: RoomId,
    pub user: UserId,
    pub number: u64,
    pub up_to: Version,
    pub read_at: Timestamp,
}

/// A mark that was moved by its owner.
pub(super) fn moved(event: &Envelope<Event>, said: &ReadCursorEvent) -> TimelineChange {
    let ReadCursorEvent::ReadMarkMoved { room, user, up_to, number, .. } = *said;
    TimelineChange::Read(ReadMark { room, user, number, up_to, read_at: event.recorded_at })
}

/// Whoever writes has read what stands above.
pub(super) fn own(event: &Envelope<Event>, said: &RoomEvent) -> Option<TimelineChange> {
    let RoomEvent::MessageSent { author, number, .. } = said else { return None };
    let (room, up_to, read_at) = (room_of(event), event.version, event.recorded_at);
    Some(TimelineChange::Read(ReadMark { room, user: *author, number: *number, up_to, read_at }))
}
