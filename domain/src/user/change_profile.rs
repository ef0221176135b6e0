//! A person changes how others see them.

use super::{LONGEST_NICKNAME, LONGEST_STATUS, User, UserError, UserEvent};
use crate::text::{self, TextError};
use crate::{Personal, UserId};

/// What becomes of the status message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusMessage {
    Set(String),
    Clear,
}

/// Changes what is given and leaves the rest; giving nothing, or what stands already, changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeProfile {
    pub user: UserId,
    pub nickname: Option<String>,
    pub username: Option<String>,
    pub status_message: Option<StatusMessage>,
}

impl ChangeProfile {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if !user.registered {
            return Err(UserError::Unknown);
        }
        let changes = [self.nickname(user)?, self.username(user)?, self.status(user)?];
        Ok(changes.into_iter().flatten().collect())
    }

    fn nickname(&self, user: &User) -> Result<Option<UserEvent>, UserError> {
        let Some(nickname) = &self.nickname else { return Ok(None) };
        let nickname = text::name(nickname, LONGEST_NICKNAME).map_err(refuse("nickname"))?;
        let changed = !is(&user.nickname, &nickname);
        Ok(changed.then(|| UserEvent::NicknameChanged { nickname: Personal::about(self.user, nickname) }))
    }

    fn username(&self, user: &User) -> Result<Option<UserEvent>, UserError> {
        let Some(username) = &self.username else { return Ok(None) };
        text::username(username).map_err(refuse("username"))?;
        let changed = !is(&user.username, username);
        Ok(changed.then(|| UserEvent::UsernameChanged { username: Personal::about(self.user, username.clone()) }))
    }

    fn status(&self, user: &User) -> Result<Option<UserEvent>, UserError> {
        match &self.status_message {
            None => Ok(None),
            Some(StatusMessage::Clear) => {
                Ok(user.status_message.is_some().then_some(UserEvent::StatusMessageCleared {}))
            }
            Some(StatusMessage::Set(status)) => {
                text::content(status, LONGEST_STATUS).map_err(refuse("status_message"))?;
                let changed = !is(&user.status_message, status);
                Ok(changed.then(|| UserEvent::StatusMessageChanged {
                    status_message: Personal::about(self.user, status.clone()),
                }))
            }
        }
    }
}

fn is(field: &Option<Personal<String>>, text: &str) -> bool {
    field.as_ref().and_then(Personal::value).is_some_and(|value| value == text)
}

fn refuse(field: &'static str) -> impl Fn(TextError) -> UserError {
    move |reason| UserError::Text { field, reason }
}
