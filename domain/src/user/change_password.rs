//! A person takes another password. The event says that it happened; the hash rides in the append, outside the log.

use super::{User, UserError, UserEvent};

/// Records that the password was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePassword {}

impl ChangePassword {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if user.registered { Ok(vec![UserEvent::PasswordChanged {}]) } else { Err(UserError::Unknown) }
    }
}
