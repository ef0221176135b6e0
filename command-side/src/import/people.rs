//! Bringing people over.

use domain::UserId;
use domain::text;
use domain::user::{ChangeProfile, Register, StatusMessage, User, UserCommand};

use super::order::order;
use super::{Import, Kind, judged, texts};
use crate::dispatch::Order;
use crate::ports::{Claim, ClaimKind, Credential, OlderUser, TimeFrom, Unavailable};

impl Import {
    pub(super) async fn user(&mut self, older: OlderUser) -> Result<(), Unavailable> {
        self.report.read(Kind::Users);
        self.times(Kind::Users, older.id, TimeFrom::Date, &[older.created_at]);
        let user = UserId::older(older.id);
        if self.users.look(user.0).await?.state.exists() {
            self.report.done(Kind::Users, false);
        } else {
            // Durable before the first event that it seals.
            self.target.vault.create(user).await?;
            self.register(user, &older).await?;
        }
        self.status(user, &older).await
    }

    async fn register(&mut self, user: UserId, older: &OlderUser) -> Result<(), Unavailable> {
        let (nickname, is_changed) = texts::nickname(older);
        if is_changed {
            self.report.mend(Kind::Users, "NAME_CHANGED", older.id);
        }
        let username = self.username(user, older).await?;
        let email = self.email(user, older).await?;
        let claim = |kind: ClaimKind, text: &str| self.claim(kind, text, user);
        let email = email.map(|email| claim(ClaimKind::Email, email));
        let claims = email.into_iter().chain(username.as_deref().map(|name| claim(ClaimKind::Username, name)));
        let claims = claims.collect();
        let credential = older.password_hash.clone().filter(|_| older.is_active);
        let order = Order {
            claims,
            credential: credential.map(|password_hash| Credential { user, password_hash }),
            ..registering(user, Register { user, email: older.email.clone(), username, nickname })
        };
        if order.credential.is_none() {
            self.report.mend(Kind::Users, if older.is_active { "NO_PASSWORD" } else { "INACTIVE" }, older.id);
        }
        match judged(self.users.send(order).await)? {
            Ok(changed) => self.report.done(Kind::Users, changed),
            Err(why) => self.report.skip(Kind::Users, why, older.id),
        }
        Ok(())
    }

    /// The username, if it is one and nobody else's.
    async fn username(&mut self, user: UserId, older: &OlderUser) -> Result<Option<String>, Unavailable> {
        let Some(username) = older.username.clone() else { return Ok(None) };
        let why = if text::username(&username).is_err() {
            "NO_USERNAME"
        } else if self.is_taken(ClaimKind::Username, &username, user).await? {
            "USERNAME_TAKEN"
        } else {
            return Ok(Some(username));
        };
        self.report.mend(Kind::Users, why, older.id);
        Ok(None)
    }

    /// The e-mail with which they log in, if it is nobody else's. One that is none is kept: it is what they have logged in with.
    async fn email<'a>(&mut self, user: UserId, older: &'a OlderUser) -> Result<Option<&'a str>, Unavailable> {
        let email = older.email.as_str();
        let sides = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
        if sides.is_none() || email.contains(char::is_whitespace) {
            self.report.mend(Kind::Users, "NOT_EMAIL", older.id);
        }
        if email.is_empty() {
            return Ok(None);
        }
        if self.is_taken(ClaimKind::Email, email, user).await? {
            self.report.mend(Kind::Users, "EMAIL_TAKEN", older.id);
            return Ok(None);
        }
        Ok(Some(email))
    }

    fn claim(&self, kind: ClaimKind, text: &str, owner: UserId) -> Claim {
        Claim { kind, digest: kind.digest(&*self.target.digests, text), owner }
    }

    async fn is_taken(&self, kind: ClaimKind, text: &str, by: UserId) -> Result<bool, Unavailable> {
        let owner = self.target.claims.owner(kind, kind.digest(&*self.target.digests, text)).await?;
        Ok(owner.is_some_and(|owner| owner != by))
    }

    async fn status(&mut self, user: UserId, older: &OlderUser) -> Result<(), Unavailable> {
        let Some(status) = texts::status(older) else { return Ok(()) };
        let change =
            ChangeProfile { user, nickname: None, username: None, status_message: Some(StatusMessage::Set(status)) };
        let order = order::<User>(user.0, "change_profile", user, UserCommand::ChangeProfile(change));
        match judged(self.users.send(order).await)? {
            Ok(true) => self.report.done(Kind::Users, true),
            Ok(false) => {}
            Err(why) => self.report.mend(Kind::Users, why, older.id),
        }
        Ok(())
    }
}

fn registering(user: UserId, register: Register) -> Order<User> {
    order(user.0, "register", user, UserCommand::Register(register))
}
