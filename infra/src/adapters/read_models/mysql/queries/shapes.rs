//! Reading rooms without their messages.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::api::views::Participant;
use command_side::ports::Unavailable;
use domain::RoomId;
use query_side::ports::{RoomShape, Rooms};
use sqlx::mysql::MySqlRow;

use super::row::Columns as _;
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
        shapes(&rooms, &members).map_err(away)
    }
}

fn shapes(rooms: &[MySqlRow], members: &[MySqlRow]) -> Result<Vec<RoomShape>, sqlx::Error> {
    let mut by_room: HashMap<RoomId, Vec<Participant>> = HashMap::new();
    for row in members {
        by_room.entry(row.id("room_id")?).or_default().push(participant(row)?);
    }
    let shape = |row: &MySqlRow| {
        let id = row.id("id")?;
        let participants = by_room.remove(&id).unwrap_or_default();
        let (room_type, name, created_at) =
            (row.word("room_type")?, row.text_or_none("name")?, row.time("created_at")?);
        Ok(RoomShape { id, room_type, name, created_at, participants })
    };
    rooms.iter().map(shape).collect()
}

fn participant(row: &MySqlRow) -> Result<Participant, sqlx::Error> {
    Ok(Participant {
        id: row.id("user_id")?,
        username: row.text_or_none("username")?,
        nickname: row.text("nickname")?,
        role: row.word("role")?,
    })
}
