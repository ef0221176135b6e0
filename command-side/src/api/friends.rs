//! `/api/friends/{id}` and `/api/friends/blocks`: ending a friendship, and not wanting to hear from somebody.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::friendship::{Block, FriendshipCommand, FriendshipError, RemoveFriend, Unblock};
use domain::user::UserError;
use domain::{FriendshipId, UserId};

use super::asker::{Act, Asker};
use super::{Commands, Error, Id};

const REMOVE: Act = Act("remove_friend", StatusCode::NO_CONTENT);
const BLOCK: Act = Act("block", StatusCode::NO_CONTENT);
const UNBLOCK: Act = Act("unblock", StatusCode::NO_CONTENT);

/// Ends the friendship with a user.
#[utoipa::path(delete, path = "/api/friends/{id}", tag = "friend",
    operation_id = "remove_friend", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 404, description = "NOT_FRIENDS")))]
pub(super) async fn remove(
    State(commands): State<Arc<Commands>>,
    Id(friend): Id<UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    let friend = friend.ok_or(FriendshipError::NotFriends)?;
    let command = FriendshipCommand::Remove(RemoveFriend { by: asker.user() });
    between(&commands, &asker, REMOVE, friend, command).await
}

/// Blocks a user: friendship and requests between the two end.
#[utoipa::path(put, path = "/api/friends/blocks/{user_id}", tag = "friend",
    operation_id = "block_user", params(("user_id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "ONESELF"), (status = 401),
        (status = 404, description = "USER_NOT_FOUND")))]
pub(super) async fn block(
    State(commands): State<Arc<Commands>>,
    Id(blocked): Id<UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    let blocked = blocked.ok_or(UserError::Unknown)?;
    commands.known(blocked).await?;
    let command = FriendshipCommand::Block(Block { blocker: asker.user(), blocked });
    between(&commands, &asker, BLOCK, blocked, command).await
}

/// Lifts the caller's block; what was between the two does not come back.
#[utoipa::path(delete, path = "/api/friends/blocks/{user_id}", tag = "friend",
    operation_id = "unblock_user", params(("user_id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 204), (status = 401), (status = 404, description = "USER_NOT_FOUND")))]
pub(super) async fn unblock(
    State(commands): State<Arc<Commands>>,
    Id(blocked): Id<UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    let blocked = blocked.ok_or(UserError::Unknown)?;
    commands.known(blocked).await?;
    let command = FriendshipCommand::Unblock(Unblock { blocker: asker.user(), blocked });
    between(&commands, &asker, UNBLOCK, blocked, command).await
}

async fn between(
    commands: &Commands,
    asker: &Asker,
    act: Act,
    other: UserId,
    command: FriendshipCommand,
) -> Result<Response, Error> {
    let pair = FriendshipId::between(asker.user(), other);
    let outcome = commands.send_to_pair(asker, act, pair, command).await?;
    Ok(commands.done(asker.user(), act, outcome).await)
}
