//! `DELETE /api/profile`: going for good.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Refusal;
use domain::user::{DeleteAccount, UserCommand, UserError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::command::Command;
use super::{Commands, Error};
use crate::dispatch::Outcome;

const DELETE: Act = Act("delete_account", StatusCode::NO_CONTENT);

#[derive(Deserialize, ToSchema)]
pub(super) struct Farewell {
    /// The current one.
    password: String,
}

/// Deletes the caller's account, for good. All sessions and streams end; e-mail and username are free again; what the caller
/// entered becomes unreadable everywhere, and messages stand as a deleted user's. Who asks again is nobody any more: 401, also with
/// the key of the first time.
#[utoipa::path(delete, path = "/api/profile", tag = "user",
    operation_id = "delete_account", request_body = Farewell, security(("bearer" = [])),
    responses((status = 204), (status = 400, description = "WRONG_PASSWORD"), (status = 401), (status = 422),
        (status = 429, description = "TOO_MANY_ATTEMPTS")))]
pub(super) async fn delete(
    State(commands): State<Arc<Commands>>,
    Command { asker, body: Farewell { password } }: Command<Farewell>,
) -> Result<Response, Error> {
    let outcome = match commands.once(&asker, commands.delete_account(&asker, password)).await {
        // Another deletion came first: it ended the session that asks here, and the token will say so.
        Err(_) if !commands.users.look(asker.user().0).await?.state.exists() => return Err(Error::Unauthenticated),
        deleted => deleted?,
    };
    // They ended with the append; now their streams learn of it.
    commands.sessions.end_all(asker.user()).await?;
    commands.done(asker.user(), DELETE, outcome).await
}

impl Commands {
    async fn delete_account(&self, asker: &Asker, password: String) -> Result<Outcome, Error> {
        let (user, address) = (asker.user(), &asker.trace.address);
        // The same guesses as where a password is changed.
        let account = format!("password of {user}");
        self.hold_back(&account, address).await?;
        // Looked at before the password is: whatever changes it later makes this one too late.
        let after = self.users.look(user.0).await?.state.password_changes();
        if !self.proves(Some(user), password, &account, address).await? {
            return Err(Refusal::from(UserError::WrongPassword).into());
        }
        let order = asker.order(DELETE, user.0, UserCommand::DeleteAccount(DeleteAccount { after }));
        Ok(self.users.send(order).await?)
    }
}
