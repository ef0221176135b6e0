//! Reading rooms without their messages.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::RoomId;
use query_side::ports::{RoomShape, Rooms};

use super::{Tables, away, bind_ids, marks};

#[async_trait]
impl Rooms for Tables {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let marks = marks(ids.len());
        let rooms = format!("SELECT r.id, r.room_type, r.name, r.created_at FROM rooms r WHERE r.id IN ({marks})");
        let members = format!(
            "SELECT m.room_id, m.user_id, m.role, u.username, coalesce(u.nickname, '') AS nickname
            FROM room_members m LEFT JOIN users u ON u.id = m.user_id
            WHERE m.room_id IN ({marks}) AND m.role IS NOT NULL ORDER BY m.room_id, m.joined_at, m.user_id"
        );
        let rooms = self.all(bind_ids(sqlx::query(&rooms), &ids)).await?;
        let members = self.all(bind_ids(sqlx::query(&members), &ids)).await?;
        views::shapes(&rooms, &members).map_err(away)
    }
}
