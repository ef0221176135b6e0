//! Reading who has read what, and who reacted how.

use std::collections::HashMap;

use command_side::api::views::ReactionView;
use domain::{MessageId, RoomId, Timestamp, UserId, Version};
use query_side::ports::{Mark, Reached, Reader, Stay};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::packed::unpacked;
use super::values::{blob, list, pairs};
use crate::adapters::read_models::tables::row::Columns as _;

const REACTIONS: &str = "SELECT message_id, emoji, user_id, total FROM (
      SELECT r.message_id, r.emoji, r.user_id,
        count(*) OVER (PARTITION BY r.message_id, r.emoji) AS total,
        min(r.version) OVER (PARTITION BY r.message_id, r.emoji) AS first,
        row_number() OVER (PARTITION BY r.message_id, r.emoji ORDER BY r.version) AS nth
      FROM reactions r WHERE r.message_id IN (SELECT unhex(value) FROM json_each(?1)))
    WHERE nth <= 20 ORDER BY message_id, first, nth";
/// Rooms are taken out of the parameter once and not for each mark, and marks are looked at before memberships: most have not come so far.
const READERS: &str = "WITH w AS MATERIALIZED (
      SELECT r.key AS nth, unhex(r.value ->> 0) AS room_id, r.value ->> 1 AS number FROM json_each(?1) r)
    SELECT json_group_array(json_array(w.nth, hex(k.user_id), k.number, k.read_at, m.from_version, m.to_version)) AS stays
    FROM w
      CROSS JOIN read_marks k ON k.room_id = w.room_id AND k.number >= w.number
      CROSS JOIN memberships m ON m.room_id = k.room_id AND m.user_id = k.user_id";
const MARKS: &str = "SELECT k.user_id, k.up_to FROM read_marks k
    WHERE k.room_id = ?1 AND k.user_id <> ?2 AND k.number > 0
      AND EXISTS (
        SELECT 1 FROM memberships m WHERE m.room_id = k.room_id AND m.user_id = k.user_id AND m.to_version IS NULL)
      AND (SELECT count(*) FROM memberships m WHERE m.room_id = ?1 AND m.to_version IS NULL) <= ?3
    ORDER BY k.user_id";

pub(super) async fn reactions(
    reader: &SqlitePool,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<ReactionView>>, sqlx::Error> {
    let query = sqlx::query(REACTIONS).bind(list(messages.iter().map(|message| message.0)));
    let mut all: HashMap<MessageId, Vec<ReactionView>> = HashMap::new();
    for row in query.fetch_all(reader).await? {
        let (emoji, user) = (row.text("emoji")?, row.id("user_id")?);
        let views = all.entry(row.id("message_id")?).or_default();
        match views.last_mut().filter(|view| view.emoji == emoji) {
            Some(view) => view.user_ids.push(user),
            None => views.push(ReactionView { emoji, count: row.number("total")?, user_ids: vec![user] }),
        }
    }
    Ok(all)
}

/// A stay of somebody who has read the n-th room up to a number, and when they came so far.
type ReaderStay = (usize, UserId, u64, i64, Version, Option<Version>);

pub(super) async fn readers(reader: &SqlitePool, from: &[Reached]) -> Result<Vec<Reader>, sqlx::Error> {
    let rooms: Vec<_> = from.iter().map(|at| (at.room, at.number)).collect();
    let row = sqlx::query(READERS).bind(pairs(&rooms)).fetch_one(reader).await?;
    let (mut stays, mut readers) = (unpacked::<ReaderStay>(&row, "stays")?, Vec::<Reader>::new());
    stays.sort_unstable();
    for (nth, user, number, read_at, from, to) in stays {
        let (room, stay) = (rooms[nth].0, Stay { from, to });
        match readers.last_mut().filter(|known| (known.room, known.user) == (room, user)) {
            Some(known) => known.stays.push(stay),
            None => readers.push(Reader { room, user, number, read_at: Timestamp(read_at), stays: vec![stay] }),
        }
    }
    Ok(readers)
}

pub(super) async fn marks(
    reader: &SqlitePool,
    room: RoomId,
    user: UserId,
    largest: u32,
) -> Result<Vec<Mark>, sqlx::Error> {
    let query = sqlx::query(MARKS).bind(blob(room.0)).bind(blob(user.0)).bind(largest);
    let mark = |row: &SqliteRow| Ok(Mark { user: row.id("user_id")?, up_to: row.number("up_to")? });
    query.fetch_all(reader).await?.iter().map(mark).collect()
}
