//! Reading a room's timeline, and what goes to somebody's stream of all rooms.

use std::collections::HashMap;

use async_trait::async_trait;
use command_side::api::views::ReactionView;
use command_side::ports::Unavailable;
use domain::{MessageId, Position, RoomId, UserId, Version};
use query_side::Positions;
use query_side::ports::{
    Change, Feed, Found, Mark, Notice, NumberedMessage, Place, Reached, Reader, RoomState, Slice, Sought, Stay,
    Timeline,
};
use sqlx::SqlitePool;

use super::packed::unpacked;
use super::values::{blob, int};
use super::{SqliteTimeline, changes, messages, notices, readers, rooms, words};
use crate::adapters::read_models::tables::row::{Columns as _, away};

const CHECKPOINT: &str = "SELECT \"partition\", position FROM checkpoints";
const FEEDS: &str = "SELECT json_group_array(json_array(
      hex(m.room_id), m.from_version, m.to_version, r.applied, r.activity,
      r.id IN (SELECT p.aggregate_id FROM parked p WHERE p.aggregate_type = 'Room'))) AS stays
    FROM memberships m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = ?1";
const VERSION_AT: &str = include_str!("version_at.sql");
const POSITIONS: &str = "SELECT version, position FROM messages WHERE room_id = ?1 AND version > ?2 AND version <= ?3
    UNION ALL SELECT version, position FROM changes WHERE room_id = ?1 AND version > ?2 AND version <= ?3
    ORDER BY version LIMIT ?4";

#[async_trait]
impl Timeline for SqliteTimeline {
    async fn checkpoint(&self) -> Result<Positions, Unavailable> {
        checkpoint(&self.reader).await.map_err(away)
    }

    async fn room(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        rooms::room(&self.reader, user, room).await.map_err(away)
    }

    async fn standing(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        rooms::standing(&self.reader, user, room).await.map_err(away)
    }

    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> Result<u64, Unavailable> {
        rooms::unread(&self.reader, user, room, number).await.map_err(away)
    }

    async fn rooms(
        &self,
        user: UserId,
        after: Option<(Position, RoomId)>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<RoomState>, Unavailable> {
        rooms::rooms(&self.reader, user, after, skip, limit).await.map_err(away)
    }

    async fn messages(
        &self,
        room: RoomId,
        up_to: Version,
        slice: Slice,
        limit: u32,
    ) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::messages(&self.reader, room, up_to, slice, limit).await.map_err(away)
    }

    async fn notices(
        &self,
        room: RoomId,
        up_to: Version,
        slice: Slice,
        limit: u32,
    ) -> Result<Vec<Notice>, Unavailable> {
        notices::notices(&self.reader, room, up_to, slice, limit).await.map_err(away)
    }

    async fn place(&self, room: RoomId, up_to: Version, told: bool) -> Result<Option<Place>, Unavailable> {
        notices::place(&self.reader, room, up_to, told).await.map_err(away)
    }

    async fn search(&self, sought: &Sought) -> Result<Found, Unavailable> {
        words::search(&self.reader, sought).await.map_err(away)
    }

    async fn last_messages(&self, rooms: &[(RoomId, Version)]) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::last(&self.reader, rooms).await.map_err(away)
    }

    async fn messages_by_ids(&self, messages: &[MessageId]) -> Result<Vec<NumberedMessage>, Unavailable> {
        messages::by_ids(&self.reader, messages).await.map_err(away)
    }

    async fn reactions(&self, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<ReactionView>>, Unavailable> {
        readers::reactions(&self.reader, messages).await.map_err(away)
    }

    async fn readers(&self, from: &[Reached]) -> Result<Vec<Reader>, Unavailable> {
        readers::readers(&self.reader, from).await.map_err(away)
    }

    async fn changes(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Change>, Unavailable> {
        changes::changes(&self.reader, room, after, up_to, limit).await.map_err(away)
    }

    async fn marks(&self, room: RoomId, user: UserId, largest: u32) -> Result<Vec<Mark>, Unavailable> {
        readers::marks(&self.reader, room, user, largest).await.map_err(away)
    }

    async fn feeds(&self, user: UserId) -> Result<Vec<Feed>, Unavailable> {
        feeds(&self.reader, user).await.map_err(away)
    }

    async fn version_at(&self, room: RoomId, position: Position) -> Result<Version, Unavailable> {
        let query = sqlx::query(VERSION_AT).bind(blob(room.0)).bind(int(position));
        let row = query.fetch_one(&self.reader).await.map_err(away)?;
        row.number("version").map_err(away)
    }

    async fn positions(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Position>, Unavailable> {
        let query = sqlx::query(POSITIONS).bind(blob(room.0)).bind(int(after)).bind(int(up_to)).bind(limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.number("position")).collect::<Result<_, _>>().map_err(away)
    }
}

/// Up to where a read model is folded.
pub(super) async fn checkpoint(reader: &SqlitePool) -> Result<Positions, sqlx::Error> {
    let mut positions = Positions::default();
    for row in sqlx::query(CHECKPOINT).fetch_all(reader).await? {
        let partition = u32::try_from(row.number("partition")?).unwrap_or(u32::MAX);
        positions.raise(partition, row.number("position")?);
    }
    Ok(positions)
}

/// A stay, and how its room is.
type RoomStay = (RoomId, Version, Option<Version>, Version, Position, u8);

async fn feeds(reader: &SqlitePool, user: UserId) -> Result<Vec<Feed>, sqlx::Error> {
    let row = sqlx::query(FEEDS).bind(blob(user.0)).fetch_one(reader).await?;
    let (mut stays, mut feeds) = (unpacked::<RoomStay>(&row, "stays")?, Vec::<Feed>::new());
    // They come so already, from the index; an order in the statement would be made once more.
    stays.sort_unstable();
    for (room, from, to, applied, activity, is_parked) in stays {
        let stay = Stay { from, to };
        match feeds.last_mut().filter(|feed| feed.room == room) {
            Some(feed) => feed.stays.push(stay),
            None => feeds.push(Feed { room, applied, activity, is_parked: is_parked != 0, stays: vec![stay] }),
        }
    }
    Ok(feeds)
}
