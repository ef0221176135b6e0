//! What stands between people. Rows are made first where there are none, and then changed where something is said.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use projections::directory::DirectoryRows;
use sqlx::mysql::MySqlConnection;

use super::super::bulk::Bulk;

static PAIRS: LazyLock<Bulk> = LazyLock::new(|| {
    let table = "friendships (id, version, status, created_at, updated_at)";
    Bulk::insert(table, 5, "ON DUPLICATE KEY UPDATE id = VALUES(id)")
});
/// In this order: what is created depends on who asked before.
static CHANGED_PAIRS: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS id, CAST(? AS SIGNED) AS version, CAST(? AS SIGNED) AS asked_at,
        CAST(? AS BINARY(16)) AS requester, CAST(? AS BINARY(16)) AS addressee, CAST(? AS CHAR) AS message,
        CAST(? AS CHAR) AS status, CAST(? AS SIGNED) AS updated_at";
    let set = "t.version = now.version,
        t.created_at = IF(t.requester IS NULL, COALESCE(now.asked_at, t.created_at), t.created_at),
        t.message = IF(now.requester IS NULL, t.message, now.message),
        t.requester = COALESCE(now.requester, t.requester),
        t.addressee = COALESCE(now.addressee, t.addressee),
        t.status = COALESCE(now.status, t.status),
        t.updated_at = COALESCE(now.updated_at, t.updated_at)";
    Bulk::update("friendships", columns, "t.id = now.id", set)
});
static ERASED: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS id, CAST(? AS BINARY(16)) AS requester";
    Bulk::update("friendships", columns, "t.id = now.id AND t.requester = now.requester", "t.message = NULL")
});
static SIDES: LazyLock<Bulk> = LazyLock::new(|| {
    let table = "friendship_sides (user_id, other_id, friendship_id, status, is_requester, blocks, since)";
    Bulk::insert(table, 7, "ON DUPLICATE KEY UPDATE user_id = VALUES(user_id)")
});
static CHANGED_SIDES: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS user_id, CAST(? AS BINARY(16)) AS other_id,
        CAST(? AS SIGNED) AS is_requester, CAST(? AS CHAR) AS status, CAST(? AS SIGNED) AS since,
        CAST(? AS SIGNED) AS blocks, CAST(? AS SIGNED) AS blocked_at";
    let set = "t.is_requester = COALESCE(now.is_requester, t.is_requester),
        t.status = COALESCE(now.status, t.status),
        t.since = COALESCE(now.since, t.since),
        t.blocked_at = IF(now.blocks IS NULL, t.blocked_at, now.blocked_at),
        t.blocks = COALESCE(now.blocks, t.blocks)";
    Bulk::update("friendship_sides", columns, "t.user_id = now.user_id AND t.other_id = now.other_id", set)
});
static ANSWERED: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS id, CAST(? AS CHAR) AS status, CAST(? AS SIGNED) AS since";
    Bulk::update("friendship_sides", columns, "t.friendship_id = now.id", "t.status = now.status, t.since = now.since")
});

pub(super) async fn write(on: &mut MySqlConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    PAIRS.run(on, &rows.friendships, bindings::new_pair).await?;
    CHANGED_PAIRS.run(on, &rows.friendships, bindings::changed_pair).await?;
    ERASED.run(on, &rows.erased, bindings::erased).await?;
    SIDES.run(on, &rows.sides, bindings::new_side).await?;
    CHANGED_SIDES.run(on, &rows.sides, bindings::changed_side).await?;
    ANSWERED.run(on, &rows.answered, bindings::answered).await
}
