//! What stands between people. Rows are made first where there are none, and then changed where something is said.

use std::sync::LazyLock;

use crate::adapters::read_models::columns::status_name;
use domain::friendship::Status;
use domain::{FriendshipId, Timestamp};
use projections::directory::{DirectoryRows, FriendshipRow, SideRow};
use sqlx::mysql::MySqlConnection;

use super::super::bulk::{Binding, Bulk};

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
    PAIRS.run(on, &rows.friendships, pair).await?;
    CHANGED_PAIRS.run(on, &rows.friendships, changed_pair).await?;
    SIDES.run(on, &rows.sides, side).await?;
    CHANGED_SIDES.run(on, &rows.sides, changed_side).await?;
    ANSWERED.run(on, &rows.answered, answered).await
}

fn pair<'q>(query: Binding<'q>, row: &'q FriendshipRow) -> Binding<'q> {
    let query = query.bind(&row.friendship.0.as_bytes()[..]).bind(row.version.cast_signed());
    query.bind(status_name(Status::None)).bind(row.first_at.0).bind(row.first_at.0)
}

fn changed_pair<'q>(query: Binding<'q>, row: &'q FriendshipRow) -> Binding<'q> {
    let request = row.request.as_ref();
    query
        .bind(&row.friendship.0.as_bytes()[..])
        .bind(row.version.cast_signed())
        .bind(row.asked_at.map(|at| at.0))
        .bind(request.map(|request| &request.requester.0.as_bytes()[..]))
        .bind(request.map(|request| &request.addressee.0.as_bytes()[..]))
        .bind(request.and_then(|request| request.message.as_deref()))
        .bind(row.status.map(|(status, _)| status_name(status)))
        .bind(row.status.map(|(_, since)| since.0))
}

fn side<'q>(query: Binding<'q>, row: &'q SideRow) -> Binding<'q> {
    query
        .bind(&row.user.0.as_bytes()[..])
        .bind(&row.other.0.as_bytes()[..])
        .bind(&row.friendship.0.as_bytes()[..])
        .bind(status_name(Status::None))
        .bind(false)
        .bind(false)
        .bind(row.first_at.0)
}

fn changed_side<'q>(query: Binding<'q>, row: &'q SideRow) -> Binding<'q> {
    query
        .bind(&row.user.0.as_bytes()[..])
        .bind(&row.other.0.as_bytes()[..])
        .bind(row.is_requester)
        .bind(row.status.map(|(status, _)| status_name(status)))
        .bind(row.status.map(|(_, since)| since.0))
        .bind(row.blocks.map(|(blocks, _)| blocks))
        .bind(row.blocks.filter(|(blocks, _)| *blocks).map(|(_, at)| at.0))
}

fn answered<'q>(query: Binding<'q>, row: &'q (FriendshipId, Status, Timestamp)) -> Binding<'q> {
    let (friendship, status, since) = row;
    query.bind(&friendship.0.as_bytes()[..]).bind(status_name(*status)).bind(since.0)
}
