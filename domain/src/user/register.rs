//! Somebody signs up.

use super::{LONGEST_NICKNAME, User, UserError, UserEvent};
use crate::{Personal, UserId, text};

/// Begins an account. That e-mail and username are nobody else's is held by claims in the same append.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    pub user: UserId,
    pub email: String,
    pub username: Option<String>,
    pub nickname: String,
}

impl Register {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if user.registered {
            return Err(UserError::AlreadyRegistered);
        }
        if let Some(username) = &self.username {
            text::username(username).map_err(|reason| UserError::Text { field: "username", reason })?;
        }
        let nickname = text::name(&self.nickname, LONGEST_NICKNAME)
            .map_err(|reason| UserError::Text { field: "nickname", reason })?;
        let own = |text: &str| Personal::about(self.user, text.to_owned());
        Ok(vec![UserEvent::UserRegistered {
            email: own(&self.email),
            username: self.username.as_deref().map(own),
            nickname: own(&nickname),
        }])
    }
}
