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
    let pair = FriendshipId::between(asker.user(), friend);
    let command = FriendshipCommand::Remove(RemoveFriend { by: asker.user() });
    let outcome = commands.send_to_pair(&asker, REMOVE, pair, command).await?;
    commands.done(asker.user(), REMOVE, outcome).await
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
    let command = FriendshipCommand::Block(Block { blocker: asker.user(), blocked });
    let outcome = commands.send_to_known(&asker, BLOCK, blocked, command).await?;
    commands.done(asker.user(), BLOCK, outcome).await
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
    let command = FriendshipCommand::Unblock(Unblock { blocker: asker.user(), blocked });
    let outcome = commands.send_to_known(&asker, UNBLOCK, blocked, command).await?;
    commands.done(asker.user(), UNBLOCK, outcome).await
}
