//! Who has read which messages.

use command_side::api::views::ReadByView;

use crate::ports::{NumberedMessage, Reader};

/// The most readers that a message names; all are counted.
const MOST_READERS: usize = 50;

/// Those who have read some rooms, in the order of their ids: whoever reads on does not change who is named. It is sorted once,
/// whatever the number of messages.
pub(super) struct Readers(Vec<Reader>);

impl Readers {
    pub(super) fn of(mut readers: Vec<Reader>) -> Self {
        readers.sort_unstable_by_key(|reader| reader.user);
        Self(readers)
    }

    /// The first readers of a message, and how many there are: not its author, and nobody who was not there.
    pub(super) fn of_message(&self, message: &NumberedMessage) -> (Vec<ReadByView>, u64) {
        let (mut named, mut count) = (vec![], 0);
        for reader in self.0.iter().filter(|reader| has_read(reader, message)) {
            count += 1;
            if named.len() < MOST_READERS {
                named.push(ReadByView { user_id: reader.user, read_at: reader.read_at });
            }
        }
        (named, count)
    }
}

fn has_read(reader: &Reader, message: &NumberedMessage) -> bool {
    let view = &message.view;
    reader.number >= message.number
        && reader.room == view.room_id
        && reader.user != view.user_id
        && reader.stays.iter().any(|stay| stay.contains(view.version))
}

#[cfg(test)]
mod tests {
    use domain::{RoomId, Timestamp, UserId, Version};
    use uuid::Uuid;

    use super::*;
    use crate::ports::Stay;
    use crate::queries::given::{ROOM, message, user};

    fn reader(who: u128, number: u64, from: Version) -> Reader {
        let stays = vec![Stay { from, to: None }];
        // Who came first has read on last.
        let read_at = Timestamp(-i64::try_from(who).expect("small"));
        Reader { room: ROOM, user: user(who), number, read_at, stays }
    }

    fn names(views: &[ReadByView]) -> Vec<UserId> {
        views.iter().map(|view| view.user_id).collect()
    }

    #[test]
    fn authors_latecomers_and_those_who_have_not_come_so_far_are_no_readers() {
        let elsewhere = Reader { room: RoomId(Uuid::nil()), ..reader(5, 9, 1) };
        let readers = vec![reader(1, 9, 1), reader(2, 5, 1), reader(3, 4, 1), reader(4, 9, 8), elsewhere];
        let (seen, count) = Readers::of(readers).of_message(&message(1, 7, 5));
        assert_eq!((names(&seen), count), (vec![user(2)], 1));
    }

    #[test]
    fn who_was_there_in_between_has_read_what_was_said_then() {
        let stays = vec![Stay { from: 1, to: Some(4) }, Stay { from: 8, to: None }];
        let readers = Readers::of(vec![Reader { stays, ..reader(2, 9, 1) }]);
        let count = |version| readers.of_message(&message(1, version, 1)).1;
        assert_eq!([3, 4, 7, 8].map(count), [1, 0, 0, 1]);
    }

    #[test]
    fn fifty_readers_are_named_by_their_ids_and_not_by_who_has_read_on_last_and_all_are_counted() {
        let readers = Readers::of((2..=1_000).rev().map(|n| reader(n, 9, 1)).collect());
        let (seen, count) = readers.of_message(&message(1, 7, 5));
        assert_eq!((names(&seen), count), ((2..=51).map(user).collect(), 999));
    }
}
