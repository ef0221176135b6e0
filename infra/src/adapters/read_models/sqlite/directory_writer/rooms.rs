//! Rooms, and who is in them.

use std::sync::LazyLock;

use crate::adapters::read_models::columns::{role_name, room_type_name};
use projections::directory::{DirectoryRows, MemberRow, RoomRow};
use sqlx::sqlite::SqliteConnection;

use super::super::padded::{Binding, Padded};

static OPENED: LazyLock<Padded> =
    LazyLock::new(|| Padded::insert("rooms (id, version, room_type, name, closed, created_at, updated_at)", 7, ""));
static CHANGED: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE rooms SET version = now.version, name = iif(now.name_said, now.name, rooms.name),
        closed = max(rooms.closed, now.closes), updated_at = now.updated_at FROM now WHERE rooms.id = now.id";
    Padded::with("id, version, name_said, name, closes, updated_at", update)
});
static CAME: LazyLock<Padded> = LazyLock::new(|| {
    let tail = "ON CONFLICT DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at";
    Padded::insert("room_members (room_id, user_id, role, joined_at)", 4, tail)
});
static STAYED: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE room_members SET role = now.role
        FROM now WHERE room_members.room_id = now.room_id AND room_members.user_id = now.user_id";
    Padded::with("room_id, user_id, role", update)
});

pub(super) async fn write(on: &mut SqliteConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    let (opened, changed): (Vec<_>, Vec<_>) = rows.rooms.iter().partition(|row| row.opened.is_some());
    let (came, stayed): (Vec<_>, Vec<_>) = rows.members.iter().partition(|row| row.joined_at.is_some());
    OPENED.run(on, &opened, |query, row| new_room(query, row)).await?;
    CHANGED.run(on, &changed, |query, row| changed_room(query, row)).await?;
    let joined_at = |row: &MemberRow| row.joined_at.map(|time| time.0);
    CAME.run(on, &came, |query, row| member(query, row).bind(joined_at(row))).await?;
    STAYED.run(on, &stayed, |query, row| member(query, row)).await
}

fn new_room<'q>(query: Binding<'q>, row: &'q RoomRow) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(row.version.cast_signed())
        .bind(row.opened.map(|(room_type, _)| room_type_name(room_type)))
        .bind(row.name.as_ref().and_then(Option::as_deref))
        .bind(row.closes)
        .bind(row.opened.map(|(_, at)| at.0))
        .bind(row.updated_at.0)
}

fn changed_room<'q>(query: Binding<'q>, row: &'q RoomRow) -> Binding<'q> {
    query
        .bind(&row.room.0.as_bytes()[..])
        .bind(row.version.cast_signed())
        .bind(row.name.is_some())
        .bind(row.name.as_ref().and_then(Option::as_deref))
        .bind(row.closes)
        .bind(row.updated_at.0)
}

fn member<'q>(query: Binding<'q>, row: &'q MemberRow) -> Binding<'q> {
    query.bind(&row.room.0.as_bytes()[..]).bind(&row.user.0.as_bytes()[..]).bind(row.role.map(role_name))
}
