//! One reader, whose requests overtake each other.

use domain::read_cursor::{MarkRead, ReadCursor, ReadCursorCommand, ReadCursorEvent};
use domain::{Decide as _, RoomId, Version};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::people::{ANN, BOB};
use crate::store::{after, assert_replays};

/// The number of the last message at or below a version, in a room in which two events of three are messages.
const fn number_at(version: Version) -> u64 {
    version * 2 / 3
}

fn command() -> impl Strategy<Value = MarkRead> {
    (0..60_u64, 0..60_u64, 0..60_u64).prop_map(|(up_to, room_version, unread)| MarkRead {
        room: RoomId::direct(ANN, BOB),
        user: ANN,
        up_to,
        number: number_at(up_to),
        room_version,
        unread,
    })
}

proptest! {
    #[test]
    fn a_mark_never_goes_back_and_replay_gives_the_same(commands in vec(command(), 0..40), cut in 0..40_usize) {
        let (mut cursor, mut history) = (ReadCursor::default(), vec![]);
        let (mut last, mut read) = ((0, 0), 0);
        for command in commands {
            let events = cursor.decide(&ReadCursorCommand::MarkRead(command.clone()));
            prop_assert_eq!(events.is_err(), command.up_to > command.room_version);
            for event in events.unwrap_or_default() {
                let ReadCursorEvent::ReadMarkMoved { up_to, number, newly_read, .. } = event.clone();
                prop_assert!(last.0 < up_to && last.1 < number, "{last:?} before {event:?}");
                prop_assert!(newly_read <= command.unread);
                read += newly_read;
                prop_assert!(read <= number, "no message is newly read twice");
                last = (up_to, number);
                cursor = after(cursor, [event.clone()]);
                history.push(event);
            }
        }
        assert_replays(&cursor, &history, cut);
    }
}
