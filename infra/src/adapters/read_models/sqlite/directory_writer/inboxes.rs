//! What people are told: first what is new, then what of it was read, then what goes.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use crate::adapters::read_models::tables::values::Values as _;
use projections::directory::{DirectoryRows, PrunedRow};
use sqlx::sqlite::SqliteConnection;

use super::super::padded::Padded;

static INBOXES: LazyLock<Padded> = LazyLock::new(|| {
    let tail = "ON CONFLICT (user_id) DO UPDATE SET version = excluded.version";
    Padded::insert("inboxes (user_id, version, pruned)", 3, tail)
});
static NOTICES: LazyLock<Padded> = LazyLock::new(|| {
    let table = "notifications (user_id, version, id, notification_type, actor_id, room_id, message_id, room_version,
        friendship_id, created_at)";
    Padded::insert(table, 10, "")
});
static READ: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE notifications SET read_version = now.version
        FROM now WHERE notifications.user_id = now.user_id AND notifications.id = now.id";
    Padded::with("user_id, id, version", update)
});
const NOTE_GONE: &str = "UPDATE inboxes SET pruned = max(pruned, coalesce((
        SELECT max(read_version) FROM notifications WHERE user_id = ?1 AND read_version < ?2 AND created_at < ?3), 0))
    WHERE user_id = ?1";
const PRUNE: &str = "DELETE FROM notifications WHERE user_id = ?1 AND read_version < ?2 AND created_at < ?3";

pub(super) async fn write(on: &mut SqliteConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
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
