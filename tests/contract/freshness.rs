//! What each user wrote last: noted by one process, read by another.

use std::any::Any;
use std::sync::Arc;

use command_side::ports::Written;
use domain::{Kind, Position, RoomId, StreamId, UserId};
use infra::adapters::freshness::InProcessFreshness;
use infra::adapters::partitions::Partitions;
use parking_lot::Mutex;
use query_side::Positions;
use query_side::ports::Freshness;
use uuid::Uuid;

use super::given::{somebody, stream};

/// Where the log ends before anything is noted, in every partition.
pub(super) const HEAD: Position = 5;

/// The notes as one process has them.
pub(super) struct Process {
    pub(super) written: Arc<dyn Written>,
    pub(super) freshness: Arc<dyn Freshness>,
}

/// Fresh notes, which begin no later than when they are first looked at.
pub(super) struct Notes {
    pub(super) one: Process,
    /// May be the same.
    pub(super) other: Process,
    pub(super) partitions: Partitions,
    /// Where the log ends; nothing while that is not known.
    pub(super) ends: Arc<Mutex<Option<Positions>>>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Notes:
    a_note_is_a_maximum_and_its_token_is_what_was_noted,
    what_one_process_notes_another_reads,
    without_a_note_it_is_where_the_log_ended_when_the_notes_began,
    what_one_user_wrote_is_not_anothers,
    a_note_stands_in_the_partition_of_its_event,
    where_a_room_was_read_stands_in_the_partition_of_the_room,
);

/// `position` in every partition.
pub(super) fn everywhere(partitions: Partitions, position: Position) -> Positions {
    let mut all = Positions::default();
    partitions.all().into_iter().for_each(|partition| all.raise(partition, position));
    all
}

impl Process {
    /// Notes an event that is about its stream.
    pub(super) async fn note(&self, user: UserId, stream: StreamId, position: Position) -> Positions {
        let token = self.written.note(user, stream, stream.id, position).await;
        token.parse().expect("a token of positions")
    }

    pub(super) async fn last(&self, user: UserId) -> Positions {
        let last = self.freshness.last_written(user).await;
        assert!(last.is_certain, "{last:?}");
        last.positions
    }
}

impl Notes {
    pub(super) fn end_at(&self, position: Position) {
        *self.ends.lock() = Some(everywhere(self.partitions, position));
    }
}

async fn a_note_is_a_maximum_and_its_token_is_what_was_noted(notes: Notes) {
    let (user, stream) = (somebody(), stream());
    let partition = notes.partitions.of(stream, stream.id);
    for position in [9, 7] {
        assert_eq!(notes.one.note(user, stream, position).await, Positions::of(partition, position));
    }
    assert_eq!(notes.one.last(user).await.get(partition), 9);
}

async fn what_one_process_notes_another_reads(notes: Notes) {
    let (user, stream) = (somebody(), stream());
    let partition = notes.partitions.of(stream, stream.id);
    for (from, to, position) in [(&notes.one, &notes.other, 9), (&notes.other, &notes.one, 11)] {
        from.note(user, stream, position).await;
        assert_eq!(to.last(user).await.get(partition), position);
    }
}

async fn without_a_note_it_is_where_the_log_ended_when_the_notes_began(notes: Notes) {
    let head = everywhere(notes.partitions, HEAD);
    assert_eq!(notes.one.last(somebody()).await, head);
    notes.end_at(100);
    assert_eq!(notes.one.last(somebody()).await, head);
    assert_eq!(notes.other.last(somebody()).await, head);
}

async fn what_one_user_wrote_is_not_anothers(notes: Notes) {
    notes.one.note(somebody(), stream(), 50).await;
    assert_eq!(notes.other.last(somebody()).await, everywhere(notes.partitions, HEAD));
}

async fn a_note_stands_in_the_partition_of_its_event(notes: Notes) {
    let user = somebody();
    let friendship = StreamId { kind: Kind::Friendship, id: Uuid::now_v7() };
    for (stream, position) in [(StreamId::from(user), 20), (friendship, 21), (stream(), 22)] {
        let partition = notes.partitions.of(stream, stream.id);
        assert_eq!(notes.one.note(user, stream, position).await, Positions::of(partition, position));
        assert_eq!(notes.other.last(user).await.get(partition), position);
    }
}

async fn where_a_room_was_read_stands_in_the_partition_of_the_room(notes: Notes) {
    let (user, room) = (somebody(), RoomId(Uuid::now_v7()));
    let cursor = StreamId { kind: Kind::ReadCursor, id: Uuid::now_v7() };
    notes.one.written.note(user, cursor, room.0, 30).await;
    assert_eq!(notes.other.last(user).await.get(notes.partitions.of_room(room)), 30);
}

#[tokio::test]
async fn freshness_in_this_process() {
    suite(async || {
        let notes = Arc::new(InProcessFreshness::new(HEAD));
        let process = || Process { written: notes.clone(), freshness: notes.clone() };
        let partitions = Partitions::One;
        let ends = Arc::new(Mutex::new(Some(everywhere(partitions, HEAD))));
        Notes { one: process(), other: process(), partitions, ends, _kept: Box::new(()) }
    })
    .await;
}
