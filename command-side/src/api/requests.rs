//! `/api/friends/request` and its answers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::friendship::{
    AcceptRequest, CancelRequest, FriendshipCommand, FriendshipError, RejectRequest, RequestFriendship,
};
use domain::user::UserError;
use domain::{FriendshipId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::views::FriendshipView;
use super::{Commands, Error, Id};

const REQUEST: Act = Act("request_friendship", StatusCode::CREATED);
const ACCEPT: Act = Act("accept_request", StatusCode::OK);
const REJECT: Act = Act("reject_request", StatusCode::OK);
const CANCEL: Act = Act("cancel_request", StatusCode::OK);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewRequest {
    #[schema(value_type = String, required)]
    to_user_id: Option<String>,
    /// The same as `to_user_id`.
    #[schema(deprecated)]
    user_id_2: Option<String>,
    /// Up to 500 characters.
    #[schema(max_length = 500, format = "name")]
    message: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Accept,
    Reject,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Answer {
    action: Action,
}

/// Asks somebody to be friends. Where the other's own request is pending, this accepts it.
#[utoipa::path(post, path = "/api/friends/request", tag = "friend",
    operation_id = "request_friendship", request_body = NewRequest,
    security(("bearer" = [])),
    responses((status = 201, body = FriendshipView), (status = 400, description = "ONESELF"), (status = 401),
        (status = 404, description = "USER_NOT_FOUND: blocked ones too"),
        (status = 409, description = "REQUEST_PENDING, ALREADY_FRIENDS"),
        (status = 422, description = "TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn request(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<NewRequest>,
) -> Result<Response, Error> {
    let (requester, addressee) = (asker.user(), body.addressee()?);
    let command = RequestFriendship { requester, addressee, message: body.message };
    let outcome = commands.send_request(&asker, REQUEST, command).await?;
    commands.answer_with_pair(requester, REQUEST, outcome).await
}

impl NewRequest {
    fn addressee(&self) -> Result<UserId, Error> {
        let id = self.to_user_id.as_ref().or(self.user_id_2.as_ref());
        let id = id.ok_or_else(|| Error::field("to_user_id", "MISSING", "missing field `to_user_id`"))?;
        Ok(id.parse().map_err(|_| UserError::Unknown)?)
    }
}

/// Accepts a request that the caller received.
#[utoipa::path(post, path = "/api/friends/{id}/accept", tag = "friend",
    operation_id = "accept_request", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = FriendshipView), (status = 401), (status = 403, description = "OWN_REQUEST"),
        (status = 404, description = "REQUEST_NOT_FOUND"), (status = 409, description = "REQUEST_NOT_PENDING")))]
pub(super) async fn accept(
    State(commands): State<Arc<Commands>>,
    id: Id<FriendshipId>,
    asker: Asker,
) -> Result<Response, Error> {
    commands.answer_pair(&asker, ACCEPT, known(id)?, Action::Accept.by(asker.user())).await
}

/// Rejects a request that the caller received.
#[utoipa::path(post, path = "/api/friends/{id}/reject", tag = "friend",
    operation_id = "reject_request", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = FriendshipView), (status = 401), (status = 403, description = "OWN_REQUEST"),
        (status = 404, description = "REQUEST_NOT_FOUND"), (status = 409, description = "REQUEST_NOT_PENDING")))]
pub(super) async fn reject(
    State(commands): State<Arc<Commands>>,
    id: Id<FriendshipId>,
    asker: Asker,
) -> Result<Response, Error> {
    commands.answer_pair(&asker, REJECT, known(id)?, Action::Reject.by(asker.user())).await
}

/// Takes back a request of the caller's own.
#[utoipa::path(post, path = "/api/friends/{id}/cancel", tag = "friend",
    operation_id = "cancel_request", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = FriendshipView), (status = 401), (status = 403, description = "NOT_OWN_REQUEST"),
        (status = 404, description = "REQUEST_NOT_FOUND"), (status = 409, description = "REQUEST_NOT_PENDING")))]
pub(super) async fn cancel(
    State(commands): State<Arc<Commands>>,
    id: Id<FriendshipId>,
    asker: Asker,
) -> Result<Response, Error> {
    commands.answer_pair(&asker, CANCEL, known(id)?, cancel_by(asker.user())).await
}

/// The older spelling of accepting and rejecting: the request is named by who asked.
#[utoipa::path(put, path = "/api/friends/status/{requester_user_id}", tag = "friend",
    operation_id = "answer_request", request_body = Answer,
    params(("requester_user_id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = FriendshipView), (status = 401), (status = 403, description = "OWN_REQUEST"),
        (status = 404, description = "REQUEST_NOT_FOUND"), (status = 409, description = "REQUEST_NOT_PENDING"),
        (status = 422)))]
#[deprecated]
pub(super) async fn answer(
    State(commands): State<Arc<Commands>>,
    requester: Id<UserId>,
    Command { asker, body: Answer { action } }: Command<Answer>,
) -> Result<Response, Error> {
    let pair = with(&asker, requester)?;
    commands.answer_pair(&asker, action.act(), pair, action.by(asker.user())).await
}

/// The older spelling of cancelling: the request is named by who was asked.
#[utoipa::path(delete, path = "/api/friends/request/{target_user_id}", tag = "friend",
    operation_id = "withdraw_request",
    params(("target_user_id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = FriendshipView), (status = 401), (status = 403, description = "NOT_OWN_REQUEST"),
        (status = 404, description = "REQUEST_NOT_FOUND"), (status = 409, description = "REQUEST_NOT_PENDING")))]
#[deprecated]
pub(super) async fn withdraw(
    State(commands): State<Arc<Commands>>,
    addressee: Id<UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    let pair = with(&asker, addressee)?;
    commands.answer_pair(&asker, CANCEL, pair, cancel_by(asker.user())).await
}

impl Action {
    const fn act(self) -> Act {
        match self {
            Self::Accept => ACCEPT,
            Self::Reject => REJECT,
        }
    }

    const fn by(self, by: UserId) -> FriendshipCommand {
        match self {
            Self::Accept => FriendshipCommand::Accept(AcceptRequest { by }),
            Self::Reject => FriendshipCommand::Reject(RejectRequest { by }),
        }
    }
}

const fn cancel_by(by: UserId) -> FriendshipCommand {
    FriendshipCommand::Cancel(CancelRequest { by })
}

fn known(Id(request): Id<FriendshipId>) -> Result<FriendshipId, Error> {
    Ok(request.ok_or(FriendshipError::Unknown)?)
}

/// The pair of the asker and another.
fn with(asker: &Asker, Id(other): Id<UserId>) -> Result<FriendshipId, Error> {
    let other = other.ok_or(FriendshipError::Unknown)?;
    Ok(FriendshipId::between(asker.user(), other))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::extract::parse;
    use super::*;

    fn read(body: &str) -> Result<UserId, Error> {
        parse::<NewRequest>(body.as_bytes())?.addressee()
    }

    #[test]
    fn both_spellings_name_whom_to_ask_and_ours_goes_first() {
        let (ours, older) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(read(&format!(r#"{{"to_user_id":"{ours}"}}"#)).expect("an id"), UserId(ours));
        assert_eq!(read(&format!(r#"{{"user_id_2":"{older}"}}"#)).expect("an id"), UserId(older));
        let both = format!(r#"{{"user_id_2":"{older}","to_user_id":"{ours}"}}"#);
        assert_eq!(read(&both).expect("an id"), UserId(ours));
    }

    #[test]
    fn an_id_that_can_not_be_one_is_unknown_and_none_is_missing() {
        let nobody = read(r#"{"to_user_id":"nobody"}"#);
        assert!(matches!(nobody, Err(Error::Refused(refusal)) if refusal.code == "USER_NOT_FOUND"));
        for none in ["{}", r#"{"to_user_id":null}"#] {
            assert!(matches!(read(none), Err(Error::Invalid(errors)) if errors[0].field == "to_user_id"));
        }
    }
}
