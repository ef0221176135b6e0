//! Reading what a timeline tells between its messages, and where something stands in it.

use domain::{RoomId, Version};
use query_side::ports::{Notice, Place, Slice};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::values::{blob, int};
use crate::adapters::read_models::tables::row::{Columns as _, unreadable};
use crate::adapters::read_models::told;

// The condition on kinds is that of the index, word for word.
const OLDER: &str = "SELECT c.* FROM changes c INDEXED BY changes_told
    WHERE c.room_id = ?1 AND c.version <= ?2 AND c.version > ?3
      AND c.kind IN ('MemberJoined', 'MemberLeft', 'MemberRemoved', 'MemberRoleChanged', 'RoomRenamed')
    ORDER BY c.version DESC LIMIT ?4";
const NEWER: &str = "SELECT c.* FROM changes c INDEXED BY changes_told
    WHERE c.room_id = ?1 AND c.version <= ?2 AND c.version > ?3
      AND c.kind IN ('MemberJoined', 'MemberLeft', 'MemberRemoved', 'MemberRoleChanged', 'RoomRenamed')
    ORDER BY c.version LIMIT ?4";
const PLACE: &str = include_str!("place.sql");

pub(super) async fn notices(
    reader: &SqlitePool,
    room: RoomId,
    up_to: Version,
    slice: Slice,
    limit: u32,
) -> Result<Vec<Notice>, sqlx::Error> {
    let (statement, up_to, after) = match slice {
        Slice::Older { before, after } => {
            (OLDER, before.map_or(up_to, |before| up_to.min(before.saturating_sub(1))), after)
        }
        Slice::Newer { after } => (NEWER, up_to, after),
    };
    let query = sqlx::query(statement).bind(blob(room.0)).bind(int(up_to)).bind(int(after)).bind(limit);
    query.fetch_all(reader).await?.iter().map(notice).collect()
}

fn notice(row: &SqliteRow) -> Result<Notice, sqlx::Error> {
    let (version, at, actor) = (row.number("version")?, row.time("at")?, row.id("actor")?);
    let (kind, detail, name) = (row.text("kind")?, row.text("detail")?, row.text_or_none("name")?);
    let told = told::told(&kind, &detail, actor, name).map_err(|error| unreadable("detail", error))?;
    Ok(Notice { version, at, actor, told })
}

pub(super) async fn place(
    reader: &SqlitePool,
    room: RoomId,
    up_to: Version,
    told: bool,
) -> Result<Option<Place>, sqlx::Error> {
    let row = sqlx::query(PLACE).bind(blob(room.0)).bind(int(up_to)).bind(told).fetch_one(reader).await?;
    let place = Place { rank: row.number("rank")?, version: row.number("version")? };
    Ok(Some(place).filter(|place| place.rank > 0))
}
