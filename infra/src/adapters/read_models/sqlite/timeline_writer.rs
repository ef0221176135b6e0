//! The timeline's rows.

mod terms;

use std::sync::LazyLock;

use domain::room::MessageType;
use domain::{MessageId, Timestamp};
use projections::timeline::{
    ChangeRow, Erased, Joined, Left, ReactionRow, ReadMark, Rewritten, RoomRow, Sent, TimelineChange, TimelineRows,
};
use sqlx::sqlite::SqliteConnection;

use super::padded::{Binding, Padded};
use super::{Kept, Model};

impl Kept for TimelineChange {
    const MODEL: Model = Model::Timeline;

    fn is_erasure(&self) -> bool {
        matches!(self, Self::Erased(_))
    }

    async fn keep(on: &mut SqliteConnection, changes: Vec<Self>) -> Result<(), sqlx::Error> {
        let rows = TimelineRows::gather(changes);
        let (reacted, unreacted): (Vec<_>, Vec<_>) = rows.reactions.iter().partition(|row| row.version.is_some());
        MESSAGES.run(on, &rows.messages, message).await?;
        CHANGES.run(on, &rows.changes, change).await?;
        terms::keep(on, &rows.messages).await?;
        terms::replace(on, &rows.rewritten).await?;
        REWRITTEN.run(on, &rows.rewritten, rewritten).await?;
        erase(on, &rows.erased).await?;
        REACTED.run(on, &reacted, |query, row| reaction(query, row).bind(row.version.map(u64::cast_signed))).await?;
        UNREACTED.run(on, &unreacted, |query, row| reaction(query, row)).await?;
        LEFT.run(on, &rows.left, left).await?;
        JOINED.run(on, &rows.joined, joined).await?;
        MARKS.run(on, &rows.marks, mark).await?;
        ROOMS.run(on, &rows.rooms, room).await
    }
}

static MESSAGES: LazyLock<Padded> = LazyLock::new(|| {
    let table = "messages (room_id, version, id, number, author, content, message_type, reply_to, sent_at, edited_at,
        deleted_at, position)";
    Padded::insert(table, 12, "")
});

fn message<'q>(query: Binding<'q>, row: &'q Sent) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(row.version.cast_signed())
        .bind(&row.id.0.as_bytes()[..])
        .bind(row.number.cast_signed())
        .bind(&row.author.0.as_bytes()[..])
        .bind(row.content.as_deref())
        .bind(type_name(row.message_type))
        .bind(row.reply_to.as_ref().map(|id| &id.0.as_bytes()[..]))
        .bind(row.sent_at.0)
        .bind(millis(row.edited_at))
        .bind(millis(row.deleted_at))
        .bind(row.position.cast_signed())
}

static REWRITTEN: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE messages SET content = now.content, edited_at = coalesce(now.edited_at, messages.edited_at),
        deleted_at = coalesce(now.deleted_at, messages.deleted_at) FROM now WHERE messages.id = now.id";
    Padded::with("id, content, edited_at, deleted_at", update)
});

fn rewritten<'q>(query: Binding<'q>, row: &'q Rewritten) -> Binding<'q> {
    let query = query.bind(&row.id.0.as_bytes()[..]).bind(row.content.as_deref());
    query.bind(millis(row.edited_at)).bind(millis(row.deleted_at))
}

/// Takes contents, the terms by which they are found, and names given to rooms. The rows of one room are walked through: an index by
/// author would cost every message, and few accounts are deleted.
async fn erase(on: &mut SqliteConnection, rows: &[Erased]) -> Result<(), sqlx::Error> {
    for statement in [&TERMLESS, &ERASED, &NAMELESS] {
        statement.run(on, rows, erased).await?;
    }
    Ok(())
}

static TERMLESS: LazyLock<Padded> = LazyLock::new(|| {
    let delete = "DELETE FROM message_terms WHERE room_id IN (SELECT room_id FROM now) AND (room_id, version) IN (
        SELECT m.room_id, m.version FROM now JOIN messages m ON m.room_id = now.room_id
        WHERE m.author = now.author AND m.version < now.version)";
    Padded::with("room_id, author, version", delete)
});
static ERASED: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE messages SET content = NULL FROM now
        WHERE messages.room_id = now.room_id AND messages.author = now.author AND messages.version < now.version
          AND messages.content IS NOT NULL";
    Padded::with("room_id, author, version", update)
});

static NAMELESS: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE changes SET name = NULL FROM now
        WHERE changes.room_id = now.room_id AND changes.actor = now.author AND changes.version < now.version
          AND changes.name IS NOT NULL";
    Padded::with("room_id, author, version", update)
});

fn erased<'q>(query: Binding<'q>, row: &'q Erased) -> Binding<'q> {
    let query = query.bind(&row.room.0.as_bytes()[..]).bind(&row.author.0.as_bytes()[..]);
    query.bind(row.version.cast_signed())
}

static CHANGES: LazyLock<Padded> = LazyLock::new(|| {
    Padded::insert("changes (room_id, version, kind, message_id, actor, detail, at, position, name)", 9, "")
});

fn change<'q>(query: Binding<'q>, row: &'q ChangeRow) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(row.version.cast_signed())
        .bind(row.kind)
        .bind(row.message.as_ref().map(|id: &MessageId| &id.0.as_bytes()[..]))
        .bind(row.actor.as_ref().map(|id| &id.0.as_bytes()[..]))
        .bind(row.detail.as_str())
        .bind(row.at.0)
        .bind(row.position.cast_signed())
        .bind(row.name.as_deref())
}

static REACTED: LazyLock<Padded> = LazyLock::new(|| {
    let tail = "ON CONFLICT DO UPDATE SET version = excluded.version";
    Padded::insert("reactions (message_id, emoji, user_id, version)", 4, tail)
});
static UNREACTED: LazyLock<Padded> = LazyLock::new(|| {
    let delete = "DELETE FROM reactions WHERE (message_id, emoji, user_id) IN (SELECT * FROM now)";
    Padded::with("message_id, emoji, user_id", delete)
});

fn reaction<'q>(query: Binding<'q>, row: &'q ReactionRow) -> Binding<'q> {
    query.bind(&row.message.0.as_bytes()[..]).bind(row.emoji.as_str()).bind(&row.user.0.as_bytes()[..])
}

static LEFT: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE memberships SET to_version = now.version FROM now
        WHERE memberships.room_id = now.room_id AND memberships.user_id = now.user_id
          AND memberships.to_version IS NULL";
    Padded::with("room_id, user_id, version", update)
});

fn left<'q>(query: Binding<'q>, row: &'q Left) -> Binding<'q> {
    query.bind(&row.room.0.as_bytes()[..]).bind(&row.user.0.as_bytes()[..]).bind(row.to.cast_signed())
}

static JOINED: LazyLock<Padded> =
    LazyLock::new(|| Padded::insert("memberships (room_id, user_id, from_version, to_version)", 4, ""));

fn joined<'q>(query: Binding<'q>, row: &'q Joined) -> Binding<'q> {
    let query = query.bind(&row.room.0.as_bytes()[..]).bind(&row.user.0.as_bytes()[..]);
    query.bind(row.from.cast_signed()).bind(row.to.map(u64::cast_signed))
}

static MARKS: LazyLock<Padded> = LazyLock::new(|| {
    let tail = "ON CONFLICT DO UPDATE SET number = excluded.number, up_to = excluded.up_to, read_at = excluded.read_at
        WHERE excluded.number > read_marks.number";
    Padded::insert("read_marks (room_id, user_id, number, up_to, read_at)", 5, tail)
});

fn mark<'q>(query: Binding<'q>, row: &'q ReadMark) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(&row.user.0.as_bytes()[..])
        .bind(row.number.cast_signed())
        .bind(row.up_to.cast_signed())
        .bind(row.read_at.0)
}

static ROOMS: LazyLock<Padded> = LazyLock::new(|| {
    let tail = "ON CONFLICT DO UPDATE SET applied = excluded.applied,
        last_number = max(rooms.last_number, excluded.last_number), activity = excluded.activity,
        activity_at = excluded.activity_at";
    Padded::insert("rooms (id, applied, last_number, activity, activity_at)", 5, tail)
});

fn room<'q>(query: Binding<'q>, row: &'q RoomRow) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(row.applied.cast_signed())
        .bind(row.last_number.cast_signed())
        .bind(row.activity.cast_signed())
        .bind(row.activity_at.0)
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}

/// As serde writes it.
const fn type_name(message_type: MessageType) -> &'static str {
    match message_type {
        MessageType::Text => "text",
        MessageType::Image => "image",
        MessageType::File => "file",
    }
}
