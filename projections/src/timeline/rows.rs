//! What a batch of changes comes to: each row once, so that a store writes it with a few statements.

use std::collections::HashMap;

use domain::{MessageId, Position, RoomId, Timestamp, UserId, Version};

use super::{ChangeRow, Erased, Joined, Left, ReadMark, Rewritten, Sent, TimelineChange};

/// A room as a batch leaves it. What was there before counts where it is higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomRow {
    pub room: RoomId,
    pub applied: Version,
    /// 0 when the batch holds no message.
    pub last_number: u64,
    pub activity: Position,
    pub activity_at: Timestamp,
}

/// A reaction as a batch leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionRow {
    pub message: MessageId,
    pub emoji: String,
    pub user: UserId,
    /// None when it stands no longer.
    pub version: Option<Version>,
}

/// The rows of a batch, ordered by their keys. They are to be written in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineRows {
    pub messages: Vec<Sent>,
    /// Of messages of earlier batches, each message once.
    pub rewritten: Vec<Rewritten>,
    /// Of messages of this batch and earlier ones.
    pub erased: Vec<Erased>,
    pub changes: Vec<ChangeRow>,
    pub reactions: Vec<ReactionRow>,
    /// Ends of intervals that earlier batches began.
    pub left: Vec<Left>,
    pub joined: Vec<Joined>,
    pub marks: Vec<ReadMark>,
    pub rooms: Vec<RoomRow>,
}

impl TimelineRows {
    /// Gathers changes that lie in the order of the log.
    #[must_use]
    pub fn gather(changes: Vec<TimelineChange>) -> Self {
        let mut gathering = Gathering::default();
        gathering.rows.messages.reserve(changes.len() / 3);
        changes.into_iter().for_each(|change| gathering.take(change));
        gathering.rows()
    }
}

#[derive(Default)]
struct Gathering {
    rows: TimelineRows,
    /// Where in the rows the interval stands that this batch began and did not end.
    open: HashMap<(RoomId, UserId), usize>,
    rewritten: HashMap<MessageId, Rewritten>,
    reactions: HashMap<(MessageId, String, UserId), Option<Version>>,
    marks: HashMap<(RoomId, UserId), ReadMark>,
    rooms: HashMap<RoomId, RoomRow>,
}

impl Gathering {
    fn take(&mut self, change: TimelineChange) {
        match change {
            TimelineChange::Room(moved) => {
                let last_number = moved.number.unwrap_or(0);
                let (applied, activity, activity_at) = (moved.version, moved.position, moved.at);
                let row = RoomRow { room: moved.room, applied, last_number, activity, activity_at };
                let kept = self.rooms.entry(moved.room).or_insert(row);
                *kept = RoomRow { last_number: last_number.max(kept.last_number), ..row };
            }
            TimelineChange::Sent(sent) => self.rows.messages.push(sent),
            TimelineChange::Rewritten(again) => self.rewrite(again),
            TimelineChange::Erased(erased) => self.rows.erased.push(erased),
            TimelineChange::Change(row) => self.rows.changes.push(row),
            TimelineChange::Reacted(one) => {
                self.reactions.insert((one.message, one.emoji, one.user), Some(one.version));
            }
            TimelineChange::Unreacted(one) => {
                self.reactions.insert((one.message, one.emoji, one.user), None);
            }
            TimelineChange::Joined(joined) => {
                self.open.insert((joined.room, joined.user), self.rows.joined.len());
                self.rows.joined.push(joined);
            }
            TimelineChange::Left(left) => self.leave(left),
            TimelineChange::Read(mark) => self.mark(mark),
        }
    }

    /// The last content counts, and the last time of each sort.
    fn rewrite(&mut self, again: Rewritten) {
        let before = self.rewritten.get(&again.id);
        let edited_at = again.edited_at.or_else(|| before?.edited_at);
        let deleted_at = again.deleted_at.or_else(|| before?.deleted_at);
        self.rewritten.insert(again.id, Rewritten { edited_at, deleted_at, ..again });
    }

    /// Ends the interval that this batch began, if it did.
    fn leave(&mut self, left: Left) {
        match self.open.remove(&(left.room, left.user)) {
            Some(begun) => self.rows.joined[begun].to = Some(left.to),
            None => self.rows.left.push(left),
        }
    }

    fn mark(&mut self, mark: ReadMark) {
        let kept = self.marks.entry((mark.room, mark.user)).or_insert(mark);
        if mark.number > kept.number {
            *kept = mark;
        }
    }

    fn rows(mut self) -> TimelineRows {
        if !self.rewritten.is_empty() {
            self.rewrite_own();
        }
        let mut rows = self.rows;
        rows.rewritten = self.rewritten.into_values().collect();
        rows.rewritten.sort_unstable_by_key(|row| row.id);
        let reaction = |((message, emoji, user), version)| ReactionRow { message, emoji, user, version };
        rows.reactions = self.reactions.into_iter().map(reaction).collect();
        rows.reactions.sort_unstable_by(|a, b| (a.message, &a.emoji, a.user).cmp(&(b.message, &b.emoji, b.user)));
        rows.marks = self.marks.into_values().collect();
        rows.marks.sort_unstable_by_key(|row| (row.room, row.user));
        rows.rooms = self.rooms.into_values().collect();
        rows.rooms.sort_unstable_by_key(|row| row.room);
        rows.messages.sort_unstable_by_key(|row| (row.room, row.version));
        rows.changes.sort_unstable_by_key(|row| (row.room, row.version));
        rows
    }

    /// What was rewritten in the batch that sent it is inserted as it is now.
    fn rewrite_own(&mut self) {
        for message in &mut self.rows.messages {
            if let Some(again) = self.rewritten.remove(&message.id) {
                message.content = again.content;
                message.edited_at = again.edited_at;
                message.deleted_at = again.deleted_at;
            }
        }
    }
}
