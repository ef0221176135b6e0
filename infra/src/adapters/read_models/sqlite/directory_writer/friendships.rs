//! What stands between people. Rows are made first where there are none, and then changed where something is said.

use std::sync::LazyLock;

use crate::adapters::read_models::columns::status_name;
use domain::friendship::Status;
use domain::{FriendshipId, Timestamp};
use projections::directory::{DirectoryRows, FriendshipRow, SideRow};
use sqlx::sqlite::SqliteConnection;

use super::super::padded::{Binding, Padded};

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
