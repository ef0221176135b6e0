//! Rooms, and who is in them.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use projections::directory::DirectoryRows;
use sqlx::mysql::MySqlConnection;

use super::super::bulk::Bulk;

static OPENED: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::insert("rooms (id, version, room_type, name, closed, created_at, updated_at)", 7, ""));
static CHANGED: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS id, CAST(? AS SIGNED) AS version, CAST(? AS SIGNED) AS name_said,
        CAST(? AS CHAR) AS name, CAST(? AS SIGNED) AS closes, CAST(? AS SIGNED) AS updated_at";
    let set = "t.version = now.version, t.name = IF(now.name_said, now.name, t.name),
        t.closed = GREATEST(t.closed, now.closes), t.updated_at = now.updated_at";
    Bulk::update("rooms", columns, "t.id = now.id", set)
});
static CAME: LazyLock<Bulk> = LazyLock::new(|| {
    let tail = "ON DUPLICATE KEY UPDATE role = VALUES(role), joined_at = VALUES(joined_at)";
    Bulk::insert("room_members (room_id, user_id, role, joined_at)", 4, tail)
});
static STAYED: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS room_id, CAST(? AS BINARY(16)) AS user_id, CAST(? AS CHAR) AS role";
    Bulk::update("room_members", columns, "t.room_id = now.room_id AND t.user_id = now.user_id", "t.role = now.role")
});

pub(super) async fn write(on: &mut MySqlConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    let (opened, changed): (Vec<_>, Vec<_>) = rows.rooms.iter().partition(|row| row.opened.is_some());
    let (came, stayed): (Vec<_>, Vec<_>) = rows.members.iter().partition(|row| row.joined_at.is_some());
    OPENED.run(on, &opened, |query, row| bindings::new_room(query, row)).await?;
    CHANGED.run(on, &changed, |query, row| bindings::changed_room(query, row)).await?;
    CAME.run(on, &came, bindings::new_member).await?;
    STAYED.run(on, &stayed, bindings::member).await
}
