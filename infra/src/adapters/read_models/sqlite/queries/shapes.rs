//! Reading rooms without their messages.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::RoomId;
use query_side::ports::{RoomShape, Rooms};

use super::SqliteDirectory;
use super::values::list;
use crate::adapters::read_models::tables::row::away;

const ROOMS: &str = "SELECT r.id, r.room_type, r.name, r.created_at FROM rooms r
    WHERE r.id IN (SELECT unhex(value) FROM json_each(?1))";
const MEMBERS: &str = "SELECT m.room_id, m.user_id, m.role, u.username, coalesce(u.nickname, '') AS nickname
    FROM room_members m LEFT JOIN users u ON u.id = m.user_id
    WHERE m.room_id IN (SELECT unhex(value) FROM json_each(?1)) AND m.role IS NOT NULL
    ORDER BY m.room_id, m.joined_at, m.user_id";

#[async_trait]
impl Rooms for SqliteDirectory {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let ids = list(ids.iter().map(|id| id.0));
        let rooms = sqlx::query(ROOMS).bind(&ids).fetch_all(&self.reader).await.map_err(away)?;
        let members = sqlx::query(MEMBERS).bind(&ids).fetch_all(&self.reader).await.map_err(away)?;
        views::shapes(&rooms, &members).map_err(away)
    }
}
