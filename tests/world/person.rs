//! Somebody with an account.

use crate::{Caller, Reply, World};
use serde_json::{Value, json};
use std::ops::Deref;

/// Everybody's password, until they change it.
pub const PASSWORD: &str = "correct-Horse7battery!";

/// Somebody registered and logged in; calls as a [`Caller`] with that session's token.
#[derive(Clone, Debug)]
pub struct Person {
    caller: Caller,
    /// The user id.
    pub id: String,
    /// The user name.
    pub username: String,
    /// The nickname.
    pub nickname: String,
    /// The address given at registration.
    pub email: String,
    /// The access token of this session.
    pub access: String,
    /// The refresh token of this session.
    pub refresh: String,
}

impl Deref for Person {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Person {
    pub(crate) async fn register(caller: Caller, email: &str, mut account: Value) -> Self {
        account["email"] = email.into();
        account["password"] = PASSWORD.into();
        let user = caller.post("/api/auth/register", account).await.is(201);
        caller.trail.wrote(user.str("id"), &user.position());
        let session = login(&caller, email, PASSWORD).await.is(200);
        let mut person = Self {
            caller,
            id: user.str("id").into(),
            username: user["username"].as_str().unwrap_or_default().into(),
            nickname: user.str("nickname").into(),
            email: email.into(),
            access: String::new(),
            refresh: String::new(),
        };
        person.adopt(&session);
        person
    }

    /// Goes on with the tokens of a login or refresh.
    pub fn adopt(&mut self, session: &Reply) {
        self.access = session.str("access_token").into();
        self.refresh = session.str("refresh_token").into();
        self.caller.user.clone_from(&self.id);
        self.caller.token = Some(self.access.clone());
    }

    /// The same person in another session, on another device.
    pub async fn elsewhere(&self) -> Self {
        let mut other = self.clone();
        let session = login(&self.without_token(), &self.email, PASSWORD).await.is(200);
        other.adopt(&session);
        other
    }

    /// The same person, whose calls go to these processes in turn.
    #[must_use]
    pub fn through(&self, worlds: &[&World]) -> Self {
        let addresses: Vec<_> = worlds.iter().map(|world| world.address(8000)).collect();
        Self { caller: self.caller.at_each(&addresses), ..self.clone() }
    }

    /// The same person with connections of their own.
    #[must_use]
    pub fn reconnected(&self) -> Self {
        let mut other = self.clone();
        other.caller.client = Caller::new(String::new(), self.trail.clone()).client;
        other
    }
}

/// A login as our own clients make it.
pub(crate) async fn login(caller: &Caller, email: &str, password: &str) -> Reply {
    caller.post("/api/auth/login", json!({ "email": email, "password": password })).await
}
