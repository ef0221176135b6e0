//! Reading messages.

use command_side::api::views::MessageView;
use domain::{MessageId, RoomId, Version};
use query_side::ports::{NumberedMessage, Slice};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::values::{blob, int, list, pairs};
use crate::adapters::read_models::tables::row::Columns as _;

const OLDER: &str = "SELECT m.* FROM messages m
    WHERE m.room_id = ?1 AND m.version <= ?2 AND m.version > ?3 ORDER BY m.version DESC LIMIT ?4";
const NEWER: &str = "SELECT m.* FROM messages m
    WHERE m.room_id = ?1 AND m.version <= ?2 AND m.version > ?3 ORDER BY m.version LIMIT ?4";
const LAST: &str = "SELECT m.* FROM json_each(?1) r JOIN messages m ON m.room_id = unhex(r.value ->> 0)
      AND m.version = (
        SELECT max(n.version) FROM messages n WHERE n.room_id = unhex(r.value ->> 0) AND n.version <= r.value ->> 1)";
const BY_IDS: &str = "SELECT m.* FROM messages m WHERE m.id IN (SELECT unhex(value) FROM json_each(?1))";

pub(super) async fn messages(
    reader: &SqlitePool,
    room: RoomId,
    up_to: Version,
    slice: Slice,
    limit: u32,
) -> Result<Vec<NumberedMessage>, sqlx::Error> {
    let (statement, up_to, after) = match slice {
        Slice::Older { before, after } => {
            (OLDER, before.map_or(up_to, |before| up_to.min(before.saturating_sub(1))), after)
        }
        Slice::Newer { after } => (NEWER, up_to, after),
    };
    let query = sqlx::query(statement).bind(blob(room.0)).bind(int(up_to)).bind(int(after)).bind(limit);
    query.fetch_all(reader).await?.iter().map(message).collect()
}

pub(super) async fn last(
    reader: &SqlitePool,
    rooms: &[(RoomId, Version)],
) -> Result<Vec<NumberedMessage>, sqlx::Error> {
    let rows = sqlx::query(LAST).bind(pairs(rooms)).fetch_all(reader).await?;
    rows.iter().map(message).collect()
}

pub(super) async fn by_ids(reader: &SqlitePool, ids: &[MessageId]) -> Result<Vec<NumberedMessage>, sqlx::Error> {
    let rows = sqlx::query(BY_IDS).bind(list(ids.iter().map(|id| id.0))).fetch_all(reader).await?;
    rows.iter().map(message).collect()
}

/// The columns of `messages`.
pub(super) fn message(row: &SqliteRow) -> Result<NumberedMessage, sqlx::Error> {
    let (sent_at, edited_at, deleted_at) =
        (row.time("sent_at")?, row.time_or_none("edited_at")?, row.time_or_none("deleted_at")?);
    let view = MessageView {
        id: row.id("id")?,
        room_id: row.id("room_id")?,
        user_id: row.id("author")?,
        username: None,
        content: row.text_or_none("content")?.filter(|_| deleted_at.is_none()),
        message_type: row.word("message_type")?,
        version: row.number("version")?,
        reply_to: row.id_or_none("reply_to")?,
        reactions: None,
        is_edited: edited_at.is_some(),
        edited_at,
        is_deleted: deleted_at.is_some(),
        deleted_at,
        read_by: None,
        read_count: 0,
        created_at: sent_at,
        updated_at: sent_at.max(edited_at.unwrap_or(sent_at)).max(deleted_at.unwrap_or(sent_at)),
    };
    Ok(NumberedMessage { number: row.number("number")?, view })
}
