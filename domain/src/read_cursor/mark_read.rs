//! A member has read a room up to somewhere.

use super::{ReadCursor, ReadCursorError, ReadCursorEvent};
use crate::{RoomId, UserId, Version};

/// Moves the mark forward; a mark that would stand still or go back changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRead {
    pub room: RoomId,
    pub user: UserId,
    /// The room's version that was read up to.
    pub up_to: Version,
    /// The number of the last message at or below `up_to`.
    pub number: u64,
    /// The room's version now.
    pub room_version: Version,
    /// How many messages at or below `up_to` are unread before, as the reader's read model says.
    pub unread: u64,
}

impl MarkRead {
    pub(super) fn decide(&self, cursor: &ReadCursor) -> Result<Vec<ReadCursorEvent>, ReadCursorError> {
        if self.up_to > self.room_version {
            return Err(ReadCursorError::NotThereYet);
        }
        if self.number <= cursor.number {
            return Ok(vec![]);
        }
        Ok(vec![ReadCursorEvent::ReadMarkMoved {
            room: self.room,
            user: self.user,
            up_to: self.up_to,
            number: self.number,
            newly_read: self.unread.min(self.number - cursor.number),
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::ReadCursorCommand;
    use super::*;
    use crate::given::{ANN, BOB, given};

    /// In a room at version 20 whose 8th and last message has version 12.
    const ALL: MarkRead = MarkRead {
        room: RoomId(uuid::Uuid::from_u128(9)),
        user: ANN,
        up_to: 12,
        number: 8,
        room_version: 20,
        unread: 3,
    };

    fn mark(command: MarkRead) -> ReadCursorCommand {
        ReadCursorCommand::MarkRead(command)
    }

    fn moved(up_to: Version, number: u64, newly_read: u64) -> ReadCursorEvent {
        ReadCursorEvent::ReadMarkMoved { room: ALL.room, user: ANN, up_to, number, newly_read }
    }

    #[test]
    fn a_mark_moves_forward() {
        given::<ReadCursor>(vec![]).when(mark(ALL)).then_expect_events(vec![moved(12, 8, 3)]);
        given::<ReadCursor>(vec![moved(5, 4, 4)]).when(mark(ALL)).then_expect_events(vec![moved(12, 8, 3)]);
    }

    #[test]
    fn a_mark_that_stands_there_already_does_not_move() {
        given::<ReadCursor>(vec![moved(12, 8, 3)]).when(mark(ALL)).then_expect_events(vec![]);
    }

    #[test]
    fn a_mark_never_goes_back() {
        let back = MarkRead { up_to: 5, number: 4, ..ALL };
        given::<ReadCursor>(vec![moved(12, 8, 3)]).when(mark(back)).then_expect_events(vec![]);
    }

    #[test]
    fn what_is_no_message_moves_no_mark() {
        let an_edit_later = MarkRead { up_to: 20, ..ALL };
        given::<ReadCursor>(vec![moved(12, 8, 3)]).when(mark(an_edit_later)).then_expect_events(vec![]);
        let before_the_first = MarkRead { up_to: 1, number: 0, ..ALL };
        given::<ReadCursor>(vec![]).when(mark(before_the_first)).then_expect_events(vec![]);
    }

    #[test]
    fn nobody_reads_ahead_of_the_room() {
        for history in [vec![], vec![moved(12, 8, 3)]] {
            let ahead = given::<ReadCursor>(history).when(mark(MarkRead { up_to: 21, ..ALL }));
            ahead.then_expect_error(ReadCursorError::NotThereYet);
        }
        let newest = MarkRead { up_to: 20, ..ALL };
        given::<ReadCursor>(vec![]).when(mark(newest)).then_expect_events(vec![moved(20, 8, 3)]);
    }

    #[test]
    fn no_more_is_newly_read_than_lies_between_the_marks() {
        let late_view = MarkRead { unread: 100, ..ALL };
        given::<ReadCursor>(vec![moved(9, 6, 6)]).when(mark(late_view)).then_expect_events(vec![moved(12, 8, 2)]);
    }

    #[test]
    fn a_mark_that_only_passes_ones_own_messages_reads_nothing_newly() {
        let own = MarkRead { unread: 0, ..ALL };
        given::<ReadCursor>(vec![]).when(mark(own)).then_expect_events(vec![moved(12, 8, 0)]);
    }

    #[test]
    fn a_mark_is_its_readers() {
        let bobs = MarkRead { user: BOB, ..ALL };
        let moved = ReadCursorEvent::ReadMarkMoved { room: ALL.room, user: BOB, up_to: 12, number: 8, newly_read: 3 };
        given::<ReadCursor>(vec![]).when(mark(bobs)).then_expect_events(vec![moved]);
    }

    #[test]
    fn reading_ahead_is_a_fault_of_the_field_up_to() {
        let refusal = crate::Refusal::from(ReadCursorError::NotThereYet);
        assert_eq!((refusal.kind, refusal.field), (crate::RefusalKind::Invalid, Some("up_to")));
    }
}
