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
const NOTE_GONE: &str = "UPDATE inboxes i JOIN (
        SELECT user_id, max(read_version) AS gone FROM notifications
        WHERE user_id = ? AND read_version < ? AND created_at < ? GROUP BY user_id) n ON n.user_id = i.user_id
    SET i.pruned = GREATEST(i.pruned, n.gone)";
const PRUNE: &str = "DELETE FROM notifications WHERE user_id = ? AND read_version < ? AND created_at < ?";

pub(super) async fn write(on: &mut MySqlConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    INBOXES.run(on, &rows.inboxes, bindings::inbox).await?;
    NOTICES.run(on, &rows.notices, bindings::notice).await?;
    READ.run(on, &rows.read, bindings::read).await?;
    for PrunedRow { user, version, before } in &rows.pruned {
        for statement in [NOTE_GONE, PRUNE] {
            sqlx::query(statement).id(&user.0).number(*version).time(*before).execute(&mut *on).await?;
        }
    }
    Ok(())
}
