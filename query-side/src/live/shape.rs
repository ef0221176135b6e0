//! What a room looks like when it has changed: the one thing that an event does not say whole.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use command_side::api::views::Participant;
use domain::room::RoomEvent;
use domain::{Envelope, Position, RoomId};
use projections::ports::Partition;

use super::channel::Channel;
use super::frames::{People, Text};
use crate::Positions;
use crate::ports::{Change, ReadModels, RoomShape};

/// How long a frame waits for the directory; then it shows the room as it is known.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the frame of an event needs the room's members and name, which the event does not say.
pub(super) const fn is_awaited(said: &RoomEvent) -> bool {
    matches!(
        said,
        RoomEvent::RoomRenamed { .. }
            | RoomEvent::MemberRoleChanged { .. }
            | RoomEvent::MemberErased { .. }
            | RoomEvent::RoomClosed {}
    )
}

/// The shape of a room that was just opened, which its event does say.
pub(super) fn of_opening(event: &Envelope, said: &RoomEvent, people: &People) -> Option<RoomShape> {
    let RoomEvent::RoomOpened { room_type, name, members, .. } = said else { return None };
    let participant = |member: &domain::room::Member| {
        let person = people.get(&member.user).cloned();
        let (username, nickname) = person.map_or((None, String::new()), |person| (person.username, person.nickname));
        Participant { id: member.user, username, nickname, role: member.role }
    };
    Some(RoomShape {
        id: RoomId(event.stream.id),
        room_type: *room_type,
        name: name.as_ref().and_then(|name| name.value().cloned()),
        created_at: event.recorded_at,
        participants: members.iter().map(participant).collect(),
    })
}

/// Begins to write the frame of a change of the room's shape; what comes behind it in the room waits for it.
pub(super) fn fetch(
    models: Arc<dyn ReadModels>,
    partition: Partition,
    channel: Arc<Channel>,
    position: Position,
    change: Change,
) -> Arc<OnceLock<Bytes>> {
    let words = Arc::new(OnceLock::new());
    let awaited = words.clone();
    tokio::spawn(async move {
        let shape = read(&*models, &Positions::of(partition, position), channel.room).await;
        let mut text = Text::default();
        let text = text.id(change.version).change(channel.room, &change, &People::new(), shape.as_ref());
        // Nobody else sets it.
        let _ = words.set(text.into());
        channel.wake();
    });
    awaited
}

/// The shape of a room at `bound` or later; none when it can not be had.
pub(super) async fn read(models: &dyn ReadModels, bound: &Positions, room: RoomId) -> Option<RoomShape> {
    let read = async { models.directory(bound, PATIENCE).await?.model.shapes(&[room]).await };
    match read.await {
        Ok(shapes) => shapes.into_iter().next(),
        Err(away) => {
            tracing::warn!(reason = %away, "a change of a room is shown without the room");
            None
        }
    }
}
