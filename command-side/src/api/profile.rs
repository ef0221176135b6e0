//! `/api/profile`: how somebody is seen by others.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::user::{ChangeProfile, LONGEST_NICKNAME, StatusMessage, User, UserCommand};
use domain::{Refusal, UserId, Version, text};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::reply::last_of_some;
use super::views::UserView;
use super::{Commands, Error};
use crate::dispatch::{Order, Outcome};
use crate::ports::ClaimKind;

const CHANGE: Act = Act("change_profile", StatusCode::OK);

/// What is to be changed; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
pub(super) struct ProfileChange {
    /// 1–100 characters.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, max_length = 100, format = "name")]
    nickname: Option<String>,
    /// The same as `nickname`.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, max_length = 100, format = "name", deprecated)]
    display_name: Option<String>,
    /// 3–50 of `[A-Za-z0-9_-]`, unique whatever the case.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, pattern = "^[A-Za-z0-9_-]{3,50}$")]
    username: Option<String>,
    /// Up to 500 characters; null clears it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<String>, max_length = 500, format = "name")]
    status_message: Option<Option<String>>,
}

/// Changes what is given of the caller's profile.
#[utoipa::path(patch, path = "/api/profile", tag = "user",
    operation_id = "change_profile", request_body = ProfileChange, security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401),
        (status = 409, description = "TAKEN: the username"),
        (status = 422, description = "BLANK, TOO_LONG, TOO_SHORT, FORBIDDEN_CHARACTER")))]
pub(super) async fn change(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<ProfileChange>,
) -> Result<Response, Error> {
    let outcome = commands.users.send(commands.changing(&asker, body)?).await?;
    commands.answer_with_profile(asker.user(), CHANGE, outcome).await
}

/// The older spelling of `PATCH /api/profile`.
#[utoipa::path(put, path = "/api/profile/me", tag = "user",
    operation_id = "change_profile_me", request_body = ProfileChange, security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401),
        (status = 409, description = "TAKEN: the username"),
        (status = 422, description = "BLANK, TOO_LONG, TOO_SHORT, FORBIDDEN_CHARACTER")))]
#[deprecated]
pub(super) async fn change_me(
    commands: State<Arc<Commands>>,
    command: Command<ProfileChange>,
) -> Result<Response, Error> {
    change(commands, command).await
}

impl Commands {
    /// Answers with the profile as it is after a command.
    pub(super) async fn answer_with_profile(
        &self,
        user: UserId,
        act: Act,
        outcome: Outcome,
    ) -> Result<Response, Error> {
        let event = last_of_some(outcome)?;
        let noted = self.note(user, &event).await;
        Ok(noted.with(act, self.profile(user, event.version).await?))
    }

    /// Somebody as they see themselves: as of a version, and there or not by now.
    pub(super) async fn profile(&self, user: UserId, up_to: Version) -> Result<UserView, Error> {
        let past = self.about(user.into(), user.0, up_to).await?;
        let profile = UserView::fold(&past).ok_or(Error::Internal)?;
        Ok(profile.seen(self.people.presence(user).await))
    }

    fn changing(&self, asker: &Asker, change: ProfileChange) -> Result<Order<User>, Error> {
        let user = asker.user();
        let claim = change.username.as_deref().map(|name| self.claim(ClaimKind::Username, name, user));
        let ProfileChange { nickname, display_name, username, status_message } = change;
        unused_name(nickname.as_deref(), display_name.as_deref())?;
        let status_message = status_message.map(|text| text.map_or(StatusMessage::Clear, StatusMessage::Set));
        let command = ChangeProfile { user, nickname: nickname.or(display_name), username, status_message };
        let order = asker.order(CHANGE, user.0, UserCommand::ChangeProfile(command));
        Ok(Order { claims: claim.into_iter().collect(), ..order })
    }
}

/// Of the two spellings of a nickname the newer counts; the older has to be of the form all the same.
pub(super) fn unused_name(nickname: Option<&str>, display_name: Option<&str>) -> Result<(), Refusal> {
    let Some(unused) = nickname.and(display_name) else { return Ok(()) };
    text::name(unused, LONGEST_NICKNAME).map(drop).map_err(|no| Refusal::text("display_name", no))
}

/// A field that is left out or a text, but not null.
pub(super) fn not_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// A field that is left out, null or a text.
fn clearable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::extract::parse;
    use super::*;

    fn read(body: &str) -> Result<ProfileChange, Error> {
        parse(body.as_bytes())
    }

    #[test]
    fn what_is_left_out_stays() {
        assert_eq!(read("{}").expect("nothing"), ProfileChange::default());
    }

    #[test]
    fn null_clears_the_status_message() {
        let set = read(r#"{"status_message":"away"}"#).expect("a text");
        assert_eq!(set.status_message, Some(Some("away".to_owned())));
        let cleared = read(r#"{"status_message":null}"#).expect("null");
        assert_eq!(cleared, ProfileChange { status_message: Some(None), ..ProfileChange::default() });
    }

    #[test]
    fn null_is_refused_elsewhere_and_the_field_is_named() {
        for field in ["nickname", "display_name", "username"] {
            let refused = read(&format!(r#"{{"{field}":null}}"#));
            assert!(matches!(&refused, Err(Error::Invalid(errors)) if errors[0].field == field), "{refused:?}");
        }
    }
}
