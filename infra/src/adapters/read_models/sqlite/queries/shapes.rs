//! Reading rooms without their messages.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{RoomId, UserId};
use query_side::ports::{RoomShape, Rooms};

use super::SqliteDirectory;
use super::values::{blob, list};
use crate::adapters::read_models::tables::row::{Columns as _, away};

const ROOMS: &str = "SELECT r.id, r.room_type, r.name, r.created_at FROM rooms r
    WHERE r.id IN (SELECT unhex(value) FROM json_each(?1))";
/// Who is not known yet has no name; who is erased has this one.
const MEMBERS: &str = "SELECT m.room_id, m.user_id, m.role, u.username,
      CASE WHEN u.id IS NULL THEN '' ELSE coalesce(u.nickname, 'Deleted user') END AS nickname
    FROM room_members m LEFT JOIN users u ON u.id = m.user_id
    WHERE m.room_id IN (SELECT unhex(value) FROM json_each(?1)) AND m.role IS NOT NULL
    ORDER BY m.room_id, m.joined_at, m.user_id";
const EVER_OF: &str =
    "SELECT m.room_id FROM room_members m WHERE m.user_id = ?1 AND m.room_id > ?2 ORDER BY m.room_id LIMIT ?3";

#[async_trait]
impl Rooms for SqliteDirectory {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let ids = list(ids.iter().map(|id| id.0));
        let rooms = sqlx::query(ROOMS).bind(&ids).fetch_all(&self.reader).await.map_err(away)?;
        let members = sqlx::query(MEMBERS).bind(&ids).fetch_all(&self.reader).await.map_err(away)?;
        views::shapes(&rooms, &members).map_err(away)
    }

    async fn ever_of(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable> {
        // Nothing stands before the empty id.
        let after = after.map(|room| blob(room.0)).unwrap_or_default();
        let query = sqlx::query(EVER_OF).bind(blob(user.0)).bind(after).bind(limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.id("room_id")).collect::<Result<_, _>>().map_err(away)
    }
}
