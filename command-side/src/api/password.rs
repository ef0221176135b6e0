//! `PUT /api/auth/password`: taking another password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::user::{ChangePassword, UserCommand, UserError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::{Commands, Error, rules};
use crate::dispatch::{Order, Outcome};
use crate::ports::Credential;

const CHANGE: Act = Act("change_password", StatusCode::NO_CONTENT);

#[derive(Deserialize, ToSchema)]
pub(super) struct PasswordChange {
    current_password: String,
    /// 8–128 characters with a letter, a digit and a sign.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    new_password: String,
}

/// Takes another password. All other sessions end.
#[utoipa::path(put, path = "/api/auth/password", tag = "user",
    operation_id = "change_password", request_body = PasswordChange,
    security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "WRONG_PASSWORD"), (status = 401),
        (status = 422, description = "WEAK_PASSWORD"), (status = 429, description = "TOO_MANY_ATTEMPTS")))]
pub(super) async fn change(
    State(commands): State<Arc<Commands>>,
    Command { asker, body }: Command<PasswordChange>,
) -> Result<Response, Error> {
    // Once it is changed, the current password is not the current one any more.
    let outcome = commands.once(&asker, commands.change_password(&asker, body)).await?;
    commands.sessions.end_others(asker.user(), asker.caller.session).await?;
    commands.done(asker.user(), CHANGE, outcome).await
}

impl Commands {
    async fn change_password(&self, asker: &Asker, body: PasswordChange) -> Result<Outcome, Error> {
        rules::password("new_password", &body.new_password)?;
        let (user, address) = (asker.user(), &asker.trace.address);
        // A name of its own for the throttle: who guesses here does not lock anybody out of logging in.
        let account = format!("password of {user}");
        self.hold_back(&account, address).await?;
        // Looked at before the password is: whatever changes it later makes this one too late.
        let after = self.users.look(user.0).await?.state.password_changes();
        if !self.proves(Some(user), body.current_password, &account, address).await? {
            return Err(Refusal::from(UserError::WrongPassword).into());
        }
        let password_hash = self.passwords.hash(body.new_password).await?;
        // Before as well as after: whatever happens between, no other session outlives the password that it knew.
        self.sessions.end_others(user, asker.caller.session).await?;
        let order = asker.order(CHANGE, user.0, UserCommand::ChangePassword(ChangePassword { after }));
        Ok(self.users.send(Order { credential: Some(Credential { user, password_hash }), ..order }).await?)
    }
}
