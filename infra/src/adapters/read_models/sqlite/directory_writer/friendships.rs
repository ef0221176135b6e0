//! What stands between people. Rows are made first where there are none, and then changed where something is said.

use std::sync::LazyLock;

use crate::adapters::read_models::tables::bindings;
use projections::directory::DirectoryRows;
use sqlx::sqlite::SqliteConnection;

use super::super::padded::Padded;

static PAIRS: LazyLock<Padded> = LazyLock::new(|| {
    let table = "friendships (id, version, status, created_at, updated_at)";
    Padded::insert(table, 5, "ON CONFLICT DO NOTHING")
});
static CHANGED_PAIRS: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE friendships SET version = now.version,
        created_at = iif(friendships.requester IS NULL, coalesce(now.asked_at, friendships.created_at), friendships.created_at),
        requester = coalesce(now.requester, friendships.requester),
        addressee = coalesce(now.addressee, friendships.addressee),
        message = iif(now.requester IS NULL, friendships.message, now.message),
        status = coalesce(now.status, friendships.status),
        updated_at = coalesce(now.updated_at, friendships.updated_at)
        FROM now WHERE friendships.id = now.id";
    Padded::with("id, version, asked_at, requester, addressee, message, status, updated_at", update)
});
static ERASED: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE friendships SET message = NULL
        FROM now WHERE friendships.id = now.id AND friendships.requester = now.requester";
    Padded::with("id, requester", update)
});
static SIDES: LazyLock<Padded> = LazyLock::new(|| {
    let table = "friendship_sides (user_id, other_id, friendship_id, status, is_requester, blocks, since)";
    Padded::insert(table, 7, "ON CONFLICT DO NOTHING")
});
static CHANGED_SIDES: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE friendship_sides SET
        is_requester = coalesce(now.is_requester, friendship_sides.is_requester),
        status = coalesce(now.status, friendship_sides.status),
        since = coalesce(now.since, friendship_sides.since),
        blocks = coalesce(now.blocks, friendship_sides.blocks),
        blocked_at = iif(now.blocks IS NULL, friendship_sides.blocked_at, now.blocked_at)
        FROM now WHERE friendship_sides.user_id = now.user_id AND friendship_sides.other_id = now.other_id";
    Padded::with("user_id, other_id, is_requester, status, since, blocks, blocked_at", update)
});
static ANSWERED: LazyLock<Padded> = LazyLock::new(|| {
    let update = "UPDATE friendship_sides SET status = now.status, since = now.since
        FROM now WHERE friendship_sides.friendship_id = now.id";
    Padded::with("id, status, since", update)
});

pub(super) async fn write(on: &mut SqliteConnection, rows: &DirectoryRows) -> Result<(), sqlx::Error> {
    PAIRS.run(on, &rows.friendships, bindings::new_pair).await?;
    CHANGED_PAIRS.run(on, &rows.friendships, bindings::changed_pair).await?;
    ERASED.run(on, &rows.erased, bindings::erased).await?;
    SIDES.run(on, &rows.sides, bindings::new_side).await?;
    CHANGED_SIDES.run(on, &rows.sides, bindings::changed_side).await?;
    ANSWERED.run(on, &rows.answered, bindings::answered).await
}
