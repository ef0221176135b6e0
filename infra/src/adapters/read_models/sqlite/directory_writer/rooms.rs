//! Rooms, and who is in them.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use projections::directory::DirectoryRows;
use sqlx::sqlite::SqliteConnection;

use super::super::padded::Padded;

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
    OPENED.run(on, &opened, |query, row| bindings::new_room(query, row)).await?;
    CHANGED.run(on, &changed, |query, row| bindings::changed_room(query, row)).await?;
    CAME.run(on, &came, bindings::new_member).await?;
    STAYED.run(on, &stayed, bindings::member).await
}
