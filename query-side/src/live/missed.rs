//! What somebody missed in all their rooms, in the order of the log.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::{Position, RoomId, Version};
use projections::ports::Partition;

use crate::Positions;
use crate::ports::{Change, Feed, Timeline, Unavailable};

/// How many changes of one room are read at once: there may be hundreds of rooms.
const PAGE: u32 = 20;

/// What was missed up to a goal.
pub(super) struct Missed {
    timeline: Arc<dyn Timeline>,
    goal: Positions,
    rooms: Vec<MissedRoom>,
}

/// What was missed in one room.
struct MissedRoom {
    room: RoomId,
    partition: Partition,
    /// First and last versions, in order.
    ranges: VecDeque<(Version, Version)>,
    read: VecDeque<(Position, Change)>,
}

/// One change and where it stands in the log.
pub(super) struct MissedChange {
    pub(super) room: RoomId,
    pub(super) partition: Partition,
    pub(super) position: Position,
    pub(super) change: Change,
}

impl Missed {
    /// Nothing yet, up to `goal`.
    pub(super) const fn new(timeline: Arc<dyn Timeline>, goal: Positions) -> Self {
        Self { timeline, goal, rooms: Vec::new() }
    }

    pub(super) const fn goal(&self) -> &Positions {
        &self.goal
    }

    /// Adds what a room, as it is at the goal, was after the position `from`, as far as its user may see it.
    pub(super) async fn add(&mut self, feed: &Feed, partition: Partition, from: Position) -> Result<(), Unavailable> {
        if feed.activity <= from {
            return Ok(());
        }
        let after = self.timeline.version_at(feed.room, from).await?;
        let ranges = ranges(feed, after);
        if !ranges.is_empty() {
            self.rooms.push(MissedRoom { room: feed.room, partition, ranges, read: VecDeque::new() });
        }
        Ok(())
    }

    /// The next change in the order of the log; none when the goal is reached.
    pub(super) async fn next(&mut self) -> Result<Option<MissedChange>, Unavailable> {
        for room in &mut self.rooms {
            room.fill(&*self.timeline).await?;
        }
        self.rooms.retain(|room| !room.read.is_empty());
        let next = self.rooms.iter_mut().min_by_key(|room| room.read.front().map(|(position, _)| *position));
        Ok(next.and_then(MissedRoom::take))
    }
}

impl MissedRoom {
    async fn fill(&mut self, timeline: &dyn Timeline) -> Result<(), Unavailable> {
        while self.read.is_empty()
            && let Some((first, last)) = self.ranges.pop_front()
        {
            let changes = timeline.changes(self.room, first - 1, last, PAGE).await?;
            let positions = timeline.positions(self.room, first - 1, last, PAGE).await?;
            if let Some(read) = changes.last().map(|change| change.version).filter(|read| *read < last) {
                self.ranges.push_front((read + 1, last));
            }
            self.read = positions.into_iter().zip(changes).collect();
        }
        Ok(())
    }

    fn take(&mut self) -> Option<MissedChange> {
        let (position, change) = self.read.pop_front()?;
        Some(MissedChange { room: self.room, partition: self.partition, position, change })
    }
}

/// The versions after `after` that somebody may see: their stays, and each leaving; of a room that they are gone from,
/// their leaving only.
fn ranges(feed: &Feed, after: Version) -> VecDeque<(Version, Version)> {
    let is_member = feed.is_member();
    let stay = |stay: &crate::ports::Stay| {
        let last = stay.to.unwrap_or(feed.applied);
        let first = if is_member { stay.from } else { last };
        (first.max(after + 1), last)
    };
    let stays = if is_member { &feed.stays[..] } else { feed.stays.last().map_or(&[][..], std::slice::from_ref) };
    stays.iter().map(stay).filter(|(first, last)| first <= last).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ports::Stay;

    fn feed(stays: &[(Version, Option<Version>)]) -> Feed {
        let stays = stays.iter().map(|(from, to)| Stay { from: *from, to: *to }).collect();
        Feed { room: RoomId(Uuid::nil()), applied: 20, activity: 99, is_parked: false, stays }
    }

    #[test]
    fn a_member_sees_their_stays_and_their_leavings() {
        let feed = feed(&[(1, Some(5)), (9, None)]);
        assert_eq!(ranges(&feed, 0), [(1, 5), (9, 20)]);
        assert_eq!(ranges(&feed, 4), [(5, 5), (9, 20)]);
        assert_eq!(ranges(&feed, 12), [(13, 20)]);
        assert!(ranges(&feed, 20).is_empty());
    }

    #[test]
    fn one_who_is_gone_sees_their_leaving_only() {
        let feed = feed(&[(1, Some(5)), (9, Some(12))]);
        assert_eq!(ranges(&feed, 3), [(12, 12)]);
        assert!(ranges(&feed, 12).is_empty());
    }

    #[test]
    fn what_stands_there_early_is_nothing_yet() {
        let early = feed(&[(1, Some(5)), (9, Some(12)), (15, Some(18))]);
        assert_eq!(ranges(&early.clone().at(13), 3), [(12, 12)]);
        assert_eq!(ranges(&early.clone().at(10), 3), [(4, 5), (9, 10)]);
        assert_eq!(ranges(&early.at(15), 13), [(15, 15)]);
    }
}
