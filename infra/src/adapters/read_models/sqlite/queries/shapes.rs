//! Reading rooms without their messages.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::api::views::Participant;
use command_side::ports::Unavailable;
use domain::RoomId;
use query_side::ports::{RoomShape, Rooms};
use sqlx::sqlite::SqliteRow;

use super::SqliteDirectory;
use super::row::{Columns as _, away, list};

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
        shapes(&rooms, &members).map_err(away)
    }
}

fn shapes(rooms: &[SqliteRow], members: &[SqliteRow]) -> Result<Vec<RoomShape>, sqlx::Error> {
    let mut by_room: HashMap<RoomId, Vec<Participant>> = HashMap::new();
    for row in members {
        by_room.entry(row.id("room_id")?).or_default().push(participant(row)?);
    }
    let shape = |row: &SqliteRow| {
        let id = row.id("id")?;
        let participants = by_room.remove(&id).unwrap_or_default();
        let (room_type, name, created_at) =
            (row.word("room_type")?, row.text_or_none("name")?, row.time("created_at")?);
        Ok(RoomShape { id, room_type, name, created_at, participants })
    };
    rooms.iter().map(shape).collect()
}

fn participant(row: &SqliteRow) -> Result<Participant, sqlx::Error> {
    Ok(Participant {
        id: row.id("user_id")?,
        username: row.text_or_none("username")?,
        nickname: row.text("nickname")?,
        role: row.word("role")?,
    })
}
