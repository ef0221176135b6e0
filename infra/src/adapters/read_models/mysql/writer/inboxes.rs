//! What people are told: first what is new, then what of it was read, then what goes.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use crate::adapters::read_models::tables::values::Values as _;
use projections::directory::{DirectoryRows, PrunedRow};
use sqlx::mysql::MySqlConnection;

use super::super::bulk::Bulk;

static INBOXES: LazyLock<Bulk> = LazyLock::new(|| {
    let tail = "ON DUPLICATE KEY UPDATE version = VALUES(version)";
    Bulk::insert("inboxes (user_id, version, pruned)", 3, tail)
});
static NOTICES: LazyLock<Bulk> = LazyLock::new(|| {
    let table = "notifications (user_id, version, id, notification_type, actor_id, room_id, message_id, room_version,
        friendship_id, created_at)";
    Bulk::insert(table, 10, "")
});
static READ: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS user_id, CAST(? AS BINARY(16)) AS id, CAST(? AS SIGNED) AS version";
    let on = "t.user_id = now.user_id AND t.id = now.id";
    Bulk::update("notifications", columns, on, "t.read_version = now.version")
});
// By its key alone: joined with what is gone, MariaDB reads, and locks, the inboxes of other partitions too.
const NOTE_GONE: &str = "UPDATE inboxes SET pruned = GREATEST(pruned, COALESCE((
        SELECT max(read_version) FROM notifications WHERE user_id = ? AND read_version < ? AND created_at < ?), 0))
    WHERE user_id = ?";
const PRUNE: &str = "DELETE FROM notifications WHERE user_id = ? AND read_version < ? AND created_at < ?";

pub(super) async fn write(on: &mut MySqlConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    INBOXES.run(on, &rows.inboxes, bindings::inbox).await?;
    NOTICES.run(on, &rows.notices, bindings::notice).await?;
    READ.run(on, &rows.read, bindings::read).await?;
    for PrunedRow { user, version, before } in &rows.pruned {
        let gone = sqlx::query(NOTE_GONE).id(&user.0).number(*version).time(*before).id(&user.0);
        gone.execute(&mut *on).await?;
        sqlx::query(PRUNE).id(&user.0).number(*version).time(*before).execute(&mut *on).await?;
    }
    Ok(())
}
