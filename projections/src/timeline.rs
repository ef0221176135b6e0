//! The timeline: what was said in each room, and how far everybody read.
//!
//! Rows are folded from the events of one room: those of its stream, and of its members' read cursors.

mod changes;
mod erasures;
mod memberships;
mod messages;
mod reactions;
mod read_marks;
mod rooms;
mod rows;
#[cfg(test)]
mod tests;

use domain::{Envelope, Event, RoomId};

pub use changes::ChangeRow;
pub use erasures::Erased;
pub use memberships::{Joined, Left};
pub use messages::{Rewritten, Sent, search_terms};
pub use reactions::{Reacted, Unreacted};
pub use read_marks::ReadMark;
pub use rooms::RoomMoved;
pub use rows::{ReactionRow, RoomRow, TimelineRows};

use crate::ports::{Projection, Unprojectable};

/// The projection of the timeline.
#[derive(Clone, Copy, Debug)]
pub struct Timeline;

/// What the timeline asks to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimelineChange {
    Room(RoomMoved),
    Sent(Sent),
    Rewritten(Rewritten),
    Erased(Erased),
    Change(ChangeRow),
    Reacted(Reacted),
    Unreacted(Unreacted),
    Joined(Joined),
    Left(Left),
    Read(ReadMark),
}

impl Projection for Timeline {
    type Change = TimelineChange;

    const NAME: &'static str = "timeline";

    fn project(event: &Envelope<Event>) -> Result<Vec<TimelineChange>, Unprojectable> {
        let said = match &event.payload {
            Event::Room(said) => said,
            Event::ReadCursor(said) => return Ok(vec![read_marks::moved(event, said)]),
            Event::User(_) | Event::Friendship(_) | Event::Inbox(_) => return Ok(vec![]),
        };
        let mut all = Vec::with_capacity(3);
        all.push(rooms::moved(event, said));
        all.extend(messages::of(event, said)?);
        all.extend(changes::of(event, said)?);
        all.extend(erasures::of(event, said));
        all.extend(reactions::of(event, said));
        all.extend(memberships::of(event, said));
        all.extend(read_marks::own(event, said));
        Ok(all)
    }
}

/// The room to whose stream an event belongs.
fn room_of(event: &Envelope<Event>) -> RoomId {
    RoomId(event.stream.id)
}
