//! `/api/chat-rooms`: opening rooms and naming them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::room::{Invited, OpenDirect, OpenGroup, Rename, RoomCommand, RoomError, RoomType};
use domain::user::UserError;
use domain::{Refusal, RefusalKind, RoomId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::people::distinct;
use super::profile::not_null;
use super::views::RoomView;
use super::{Commands, Error, Id, fresh, spellings};
use crate::dispatch::Outcome;

const OPEN: Act = Act("open_room", StatusCode::CREATED);
const FIND: Act = Act("open_room", StatusCode::OK);
const RENAME: Act = Act("rename_room", StatusCode::OK);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewRoom {
    /// Those whom the caller wants in it. A room has at most 1,000 members.
    #[schema(min_items = 1)]
    participant_ids: Vec<String>,
    /// 1–100 characters; groups only.
    #[schema(min_length = 1, max_length = 100, format = "name")]
    name: Option<String>,
    /// One participant and no name is direct, everything else a group.
    #[schema(schema_with = spellings::room_type, required = false)]
    room_type: Option<RoomType>,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct RoomChange {
    /// 1–100 characters.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, min_length = 1, max_length = 100, format = "name")]
    name: Option<String>,
}

/// Opens a room. A direct one that is open already is answered with 200.
#[utoipa::path(post, path = "/api/chat-rooms", tag = "chat",
    operation_id = "open_room", request_body = NewRoom, security(("bearer" = [])),
    responses((status = 201, body = RoomView), (status = 200, body = RoomView),
        (status = 400, description = "ONESELF, NOT_A_PAIR, TOO_MANY_MEMBERS"), (status = 401),
        (status = 404, description = "USER_NOT_FOUND: blocked ones too"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn open(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<NewRoom>,
) -> Result<Response, Error> {
    let others = body.others(asker.user())?;
    match body.direct_with(&others)? {
        Some(other) => commands.open_direct(&asker, OPEN, other).await,
        None => commands.open_group(&asker, body.name, &others).await,
    }
}

/// The direct room with a user; it is opened when there is none.
#[utoipa::path(get, path = "/api/chat-rooms/check/{user_id}", tag = "chat",
    operation_id = "open_direct_room", params(("user_id" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "ONESELF"), (status = 401),
        (status = 404, description = "USER_NOT_FOUND: blocked ones too")))]
pub(super) async fn check(
    State(commands): State<Arc<Commands>>,
    Id(other): Id<UserId>,
    asker: Asker,
) -> Result<Response, Error> {
    commands.open_direct(&asker, FIND, other.ok_or(UserError::Unknown)?).await
}

/// Gives a group another name; without one nothing is changed.
#[utoipa::path(patch, path = "/api/chat-rooms/{id}", tag = "chat",
    operation_id = "rename_room", request_body = RoomChange,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = RoomView), (status = 400, description = "DIRECT_ROOM"), (status = 401),
        (status = 403, description = "NOT_A_MEMBER, NOT_ALLOWED"), (status = 404, description = "ROOM_NOT_FOUND"),
        (status = 422, description = "BLANK, TOO_LONG, FORBIDDEN_CHARACTER")))]
pub(super) async fn change(
    State(commands): State<Arc<Commands>>,
    Id(room): Id<RoomId>,
    Command { asker, body }: Command<RoomChange>,
) -> Result<Response, Error> {
    let command = Rename { by: asker.user(), name: body.name };
    commands.manage(&asker, RENAME, room.ok_or(RoomError::NotFound)?, RoomCommand::Rename(command)).await
}

impl Commands {
    async fn open_direct(&self, asker: &Asker, act: Act, other: UserId) -> Result<Response, Error> {
        let (opened_by, room) = (asker.user(), RoomId::direct(asker.user(), other));
        let command = |invited: Vec<Invited>| {
            let blocked = invited.iter().any(|other| other.blocked);
            RoomCommand::OpenDirect(OpenDirect { opened_by, other, blocked })
        };
        let outcome = self.send_with_invited(asker, act, room, &[other], command).await?;
        let was_open = matches!(outcome, Outcome::Unchanged(_));
        self.answer_room(opened_by, if was_open { FIND } else { act }, outcome).await
    }

    async fn open_group(&self, asker: &Asker, name: Option<String>, others: &[UserId]) -> Result<Response, Error> {
        let (opened_by, room) = (asker.user(), RoomId(fresh::id()));
        let command = |members| RoomCommand::OpenGroup(OpenGroup { opened_by, name: name.clone(), members });
        let outcome = self.send_with_invited(asker, OPEN, room, others, command).await?;
        self.answer_room(opened_by, OPEN, outcome).await
    }
}

impl NewRoom {
    /// Those who are named, without the one who names them.
    fn others(&self, opener: UserId) -> Result<Vec<UserId>, Error> {
        let mut others = distinct("participant_ids", &self.participant_ids)?;
        others.retain(|user| *user != opener);
        if others.is_empty() { Err(RoomError::Oneself.into()) } else { Ok(others) }
    }

    /// With whom a direct room is wanted; `None` when it is a group.
    fn direct_with(&self, others: &[UserId]) -> Result<Option<UserId>, Error> {
        match (self.room_type, others) {
            (Some(RoomType::Direct), [other]) => Ok(Some(*other)),
            (Some(RoomType::Direct), _) => {
                Err(Refusal::new(RefusalKind::Rule, "NOT_A_PAIR", "a direct room is for two").into())
            }
            (None, [other]) if self.name.is_none() => Ok(Some(*other)),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::parse;
    use super::super::given::{ANN, BOB, CID};
    use super::*;

    fn wanted(participants: &[UserId], more: &str) -> Result<Option<UserId>, Error> {
        let ids = serde_json::to_string(participants).expect("ids");
        let new: NewRoom = parse(format!(r#"{{"participant_ids":{ids}{more}}}"#).as_bytes())?;
        new.direct_with(&new.others(ANN)?)
    }

    fn code(refused: Result<Option<UserId>, Error>) -> &'static str {
        match refused {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn one_participant_and_no_name_is_direct() {
        assert_eq!(wanted(&[BOB], "").expect("a room"), Some(BOB));
        assert_eq!(wanted(&[BOB, ANN, BOB], r#","name":null,"room_type":null"#).expect("a room"), Some(BOB));
        assert_eq!(wanted(&[BOB], r#","room_type":"direct","name":"x""#).expect("a room"), Some(BOB));
    }

    #[test]
    fn a_name_more_participants_or_the_word_make_a_group() {
        assert_eq!(wanted(&[BOB], r#","name":"x""#).expect("a room"), None);
        assert_eq!(wanted(&[BOB, CID], "").expect("a room"), None);
        assert_eq!(wanted(&[BOB], r#","room_type":"group""#).expect("a room"), None);
    }

    #[test]
    fn a_direct_room_is_for_two_and_none_is_for_oneself() {
        assert_eq!(code(wanted(&[BOB, CID], r#","room_type":"direct""#)), "NOT_A_PAIR");
        assert_eq!(code(wanted(&[ANN], "")), "ONESELF");
    }

    #[test]
    fn a_room_has_no_null_for_a_name() {
        assert!(parse::<RoomChange>(br#"{"name":null}"#).is_err());
        assert_eq!(parse::<RoomChange>(b"{}").expect("nothing").name, None);
    }
}
