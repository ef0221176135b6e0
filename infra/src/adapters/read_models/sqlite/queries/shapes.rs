//! Reading rooms without their messages.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::api::views::Participant;
use command_side::ports::Unavailable;
use domain::room::Role;
use domain::{RoomId, UserId};
use query_side::ports::{RoomShape, Rooms};
use sqlx::sqlite::SqliteRow;

use super::SqliteDirectory;
use super::packed::unpacked;
use super::values::{blob, list};
use crate::adapters::read_models::tables::row::{Columns as _, away};

/// Who is not known yet has no name; who is erased has this one.
const ROOMS: &str = "SELECT r.id, r.room_type, r.name, r.created_at, (
      SELECT json_group_array(json_array(m.joined_at, hex(m.user_id), u.username,
        CASE WHEN u.id IS NULL THEN '' ELSE coalesce(u.nickname, 'Deleted user') END, m.role))
      FROM room_members m LEFT JOIN users u ON u.id = m.user_id
      WHERE m.room_id = r.id AND m.role IS NOT NULL) AS members
    FROM rooms r WHERE r.id IN (SELECT unhex(value) FROM json_each(?1))";
const EVER_OF: &str =
    "SELECT m.room_id FROM room_members m WHERE m.user_id = ?1 AND m.room_id > ?2 ORDER BY m.room_id LIMIT ?3";

#[async_trait]
impl Rooms for SqliteDirectory {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let ids = list(ids.iter().map(|id| id.0));
        let rooms = sqlx::query(ROOMS).bind(&ids).fetch_all(&self.reader).await.map_err(away)?;
        rooms.iter().map(shape).collect::<Result<_, _>>().map_err(away)
    }

    async fn ever_of(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable> {
        // Nothing stands before the empty id.
        let after = after.map(|room| blob(room.0)).unwrap_or_default();
        let query = sqlx::query(EVER_OF).bind(blob(user.0)).bind(after).bind(limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.id("room_id")).collect::<Result<_, _>>().map_err(away)
    }
}

/// When they joined, and who they are.
type Member = (i64, UserId, Option<String>, String, Role);

fn shape(row: &SqliteRow) -> Result<RoomShape, sqlx::Error> {
    let mut members: Vec<Member> = unpacked(row, "members")?;
    members.sort_unstable_by_key(|(joined, user, ..)| (*joined, *user));
    let participant = |(_, id, username, nickname, role)| Participant { id, username, nickname, role };
    views::shape(row, members.into_iter().map(participant).collect())
}
