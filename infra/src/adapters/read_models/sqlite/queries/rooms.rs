//! Reading how rooms are for one user.

use domain::{Position, RoomId, UserId};
use query_side::ports::{Membership, RoomState};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::values::{blob, int};
use crate::adapters::read_models::tables::row::Columns as _;

const ROOM: &str = include_str!("room.sql");
const ROOMS: &str = include_str!("rooms.sql");

pub(super) async fn room(reader: &SqlitePool, user: UserId, room: RoomId) -> Result<RoomState, sqlx::Error> {
    up_to(reader, user, room, u64::MAX).await
}

/// The room of which nothing is counted.
pub(super) async fn standing(reader: &SqlitePool, user: UserId, room: RoomId) -> Result<RoomState, sqlx::Error> {
    up_to(reader, user, room, 0).await
}

/// How many of the messages up to the `number`-th are unread.
pub(super) async fn unread(reader: &SqlitePool, user: UserId, room: RoomId, number: u64) -> Result<u64, sqlx::Error> {
    Ok(up_to(reader, user, room, number).await?.unread)
}

async fn up_to(reader: &SqlitePool, user: UserId, room: RoomId, number: u64) -> Result<RoomState, sqlx::Error> {
    let query = sqlx::query(ROOM).bind(blob(user.0)).bind(blob(room.0)).bind(int(number));
    query.fetch_optional(reader).await?.as_ref().map_or(Ok(unknown(room)), state)
}

pub(super) async fn rooms(
    reader: &SqlitePool,
    user: UserId,
    after: Option<(Position, RoomId)>,
    skip: u64,
    limit: u32,
) -> Result<Vec<RoomState>, sqlx::Error> {
    let (activity, room) = after.map_or((i64::MAX, vec![]), |(activity, room)| (int(activity), blob(room.0)));
    let rows = sqlx::query(ROOMS)
        .bind(blob(user.0))
        .bind(activity)
        .bind(room)
        .bind(limit)
        .bind(int(skip))
        .fetch_all(reader)
        .await?;
    rows.iter().map(state).collect()
}

/// A room that is not known is one to which everybody is an outsider.
const fn unknown(room: RoomId) -> RoomState {
    RoomState {
        room,
        applied: 0,
        last_number: 0,
        activity: 0,
        activity_at: domain::Timestamp(0),
        membership: Membership::Outsider,
        unread: 0,
        is_parked: false,
    }
}

fn state(row: &SqliteRow) -> Result<RoomState, sqlx::Error> {
    let membership = match (row.flag("is_member")?, row.flag("was_member")?) {
        (true, _) => Membership::Member,
        (false, true) => Membership::Gone,
        (false, false) => Membership::Outsider,
    };
    Ok(RoomState {
        room: row.id("id")?,
        applied: row.number("applied")?,
        last_number: row.number("last_number")?,
        activity: row.number("activity")?,
        activity_at: row.time("activity_at")?,
        membership,
        unread: row.number("unread")?,
        is_parked: row.flag("is_parked")?,
    })
}
