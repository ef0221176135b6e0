//! `POST /api/auth/register`: getting an account.

use std::slice;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::text;
use domain::user::{LONGEST_NICKNAME, Register, UserCommand, default_nickname};
use domain::{Refusal, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asker::Act;
use super::profile::unused_name;
use super::reply::last_of_some;
use super::views::UserView;
use super::{Body, Commands, Error, Trace, fresh, rules};
use crate::dispatch::Order;
use crate::ports::{ClaimKind, Credential};

const REGISTER: Act = Act("register", StatusCode::CREATED);

#[derive(Deserialize, ToSchema)]
pub(super) struct NewAccount {
    /// Unique whatever the case.
    #[schema(format = Email)]
    email: String,
    /// 8–128 characters with a letter, a digit and a sign.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: String,
    /// 1–100 characters; else the username, else what stands before the @.
    #[schema(max_length = 100, format = "name")]
    nickname: Option<String>,
    /// The same as `nickname`.
    #[schema(max_length = 100, format = "name", deprecated)]
    display_name: Option<String>,
    /// 3–50 of `[A-Za-z0-9_-]`, unique whatever the case.
    #[schema(pattern = "^[A-Za-z0-9_-]{3,50}$")]
    username: Option<String>,
}

/// Gets an account. Nobody is logged in by it.
#[utoipa::path(post, path = "/api/auth/register", tag = "user", request_body = NewAccount,
    responses(
        (status = 201, body = UserView, headers(("Event-Position" = String))),
        (status = 409, description = "TAKEN: the e-mail or the username"),
        (status = 422, description = "WEAK_PASSWORD, NOT_EMAIL, BLANK, TOO_LONG, TOO_SHORT, FORBIDDEN_CHARACTER"),
    ))]
pub(super) async fn register(
    State(commands): State<Arc<Commands>>,
    trace: Trace,
    Body(new): Body<NewAccount>,
) -> Result<Response, Error> {
    new.check()?;
    commands.is_free(ClaimKind::Email, Some(&new.email)).await?;
    commands.is_free(ClaimKind::Username, new.username.as_deref()).await?;
    let user = UserId(fresh::id());
    let order = commands.registering(user, new, &trace).await?;
    let event = last_of_some(commands.users.send(order).await?)?;
    let noted = commands.note(user, &event).await;
    let view = UserView::fold(slice::from_ref(&event)).ok_or(Error::Internal)?;
    Ok(noted.with(REGISTER, view))
}

impl Commands {
    /// That nobody has it, so that nothing costly is done in vain; who is quicker is decided by the append.
    async fn is_free(&self, kind: ClaimKind, text: Option<&str>) -> Result<(), Error> {
        let Some(text) = text else { return Ok(()) };
        match self.owner(kind, text).await? {
            Some(_) => Err(Error::Taken(kind.as_str())),
            None => Ok(()),
        }
    }

    async fn registering(
        &self,
        user: UserId,
        new: NewAccount,
        trace: &Trace,
    ) -> Result<Order<domain::user::User>, Error> {
        let claims = [Some(self.claim(ClaimKind::Email, &new.email, user))];
        let username = new.username.as_deref().map(|name| self.claim(ClaimKind::Username, name, user));
        let nickname = new.nickname();
        let password_hash = self.passwords.hash(new.password).await?;
        // Durable before the first event that it seals.
        self.vault.create(user).await?;
        let command = Register { user, email: new.email, username: new.username, nickname };
        Ok(Order {
            id: user.0,
            name: REGISTER.0,
            command: UserCommand::Register(command),
            actor: trace.actor(Some(user)),
            key: None,
            guards: vec![],
            claims: claims.into_iter().chain([username]).flatten().collect(),
            credential: Some(Credential { user, password_hash }),
        })
    }
}

impl NewAccount {
    /// Every field at once, so that a form can be mended at once.
    fn check(&self) -> Result<(), Error> {
        let given = self.nickname.as_deref().or(self.display_name.as_deref());
        let nickname = given.map(|name| text::name(name, LONGEST_NICKNAME).map_err(|no| Refusal::text("nickname", no)));
        let username = self.username.as_deref();
        let username = username.map(|name| text::username(name).map_err(|no| Refusal::text("username", no)));
        let refused = [
            rules::email(&self.email).err(),
            rules::password("password", &self.password).err(),
            nickname.and_then(Result::err),
            unused_name(self.nickname.as_deref(), self.display_name.as_deref()).err(),
            username.and_then(Result::err),
        ];
        Error::unless_empty(refused.into_iter().flatten().collect())
    }

    fn nickname(&self) -> String {
        let given = self.nickname.as_ref().or(self.display_name.as_ref());
        given.cloned().unwrap_or_else(|| {
            let name = default_nickname(self.username.as_deref(), &self.email);
            name.chars().take(LONGEST_NICKNAME).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::parse;
    use super::*;

    fn new(more: &str) -> NewAccount {
        parse(format!(r#"{{"email":"ann.lee@x.org","password":"Passw0rd!"{more}}}"#).as_bytes()).expect("of the form")
    }

    #[test]
    fn a_nickname_is_what_was_given_else_the_username_else_what_stands_before_the_at() {
        for (more, nickname) in [
            (r#","nickname":"Ann","display_name":"Old","username":"ann""#, "Ann"),
            (r#","display_name":"Old","username":"ann""#, "Old"),
            (r#","username":"ann""#, "ann"),
            (r#","username":null,"nickname":null"#, "ann.lee"),
        ] {
            assert_eq!(new(more).nickname(), nickname);
        }
    }

    #[test]
    fn a_long_address_does_not_make_a_nickname_that_is_too_long() {
        let email = format!("{}@x.org", "a".repeat(200));
        assert_eq!(NewAccount { email, ..new("") }.nickname().len(), 100);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let wrong = NewAccount {
            email: "x".to_owned(),
            password: "short".to_owned(),
            nickname: None,
            display_name: Some(String::new()),
            username: Some("a".to_owned()),
        };
        let Err(Error::Invalid(errors)) = wrong.check() else { panic!("all fields are wrong") };
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["email", "password", "nickname", "username"]);
    }

    #[test]
    fn one_field_that_is_wrong_gives_the_refusal_its_code() {
        let weak = NewAccount { password: "short".to_owned(), ..new("") };
        assert!(matches!(weak.check(), Err(Error::Refused(Refusal { code: "WEAK_PASSWORD", .. }))));
    }
}
