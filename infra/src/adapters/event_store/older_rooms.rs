//! Which room a number of the system before this one leads to.

use async_trait::async_trait;
use command_side::ports::{OlderRooms, Unavailable};
use domain::RoomId;
use sqlx::Row as _;

use super::SqliteEventStore;
use super::failure::away;

#[async_trait]
impl OlderRooms for SqliteEventStore {
    async fn lead(&self, number: u64, room: RoomId) -> Result<(), Unavailable> {
        if self.find(number).await? == Some(room) {
            return Ok(());
        }
        let insert = "INSERT INTO older_rooms (number, room) VALUES (?, ?)
            ON CONFLICT (number) DO UPDATE SET room = excluded.room";
        self.change(sqlx::query(insert).bind(number.cast_signed()).bind(room.0)).await.map(|_| ())
    }

    async fn find(&self, number: u64) -> Result<Option<RoomId>, Unavailable> {
        let query = sqlx::query("SELECT room FROM older_rooms WHERE number = ?").bind(number.cast_signed());
        let row = self.one(query).await?;
        row.map(|row| row.try_get(0).map(RoomId)).transpose().map_err(|error| away(&error))
    }
}
