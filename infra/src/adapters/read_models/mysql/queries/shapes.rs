//! Reading rooms without their messages.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{RoomId, UserId};
use query_side::ports::{RoomShape, Rooms};

use super::{Tables, away, bind_ids, marks};
use crate::adapters::read_models::tables::row::Columns as _;

const EVER_OF: &str =
    "SELECT m.room_id FROM room_members m WHERE m.user_id = ? AND m.room_id > ? ORDER BY m.room_id LIMIT ?";

#[async_trait]
impl Rooms for Tables {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let marks = marks(ids.len());
        let rooms = format!("SELECT r.id, r.room_type, r.name, r.created_at FROM rooms r WHERE r.id IN ({marks})");
        let members = format!(
            "SELECT m.room_id, m.user_id, m.role, u.username,
              CASE WHEN u.id IS NULL THEN '' ELSE coalesce(u.nickname, 'Deleted user') END AS nickname
            FROM room_members m LEFT JOIN users u ON u.id = m.user_id
            WHERE m.room_id IN ({marks}) AND m.role IS NOT NULL ORDER BY m.room_id, m.joined_at, m.user_id"
        );
        let rooms = self.all(bind_ids(sqlx::query(&rooms), &ids)).await?;
        let members = self.all(bind_ids(sqlx::query(&members), &ids)).await?;
        views::shapes(&rooms, &members).map_err(away)
    }

    async fn ever_of(&self, user: UserId, after: Option<RoomId>, limit: u32) -> Result<Vec<RoomId>, Unavailable> {
        // Nothing stands before the empty id.
        let after = after.map(|room| room.0.as_bytes().to_vec()).unwrap_or_default();
        let query = sqlx::query(EVER_OF).bind(user.0.as_bytes().to_vec()).bind(after).bind(limit);
        self.all(query).await?.iter().map(|row| row.id("room_id")).collect::<Result<_, _>>().map_err(away)
    }
}
