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

#[cfg(test)]
mod tests {
    use super::super::UserCommand;
    use super::super::given::*;
    use super::*;

    #[test]
    fn the_log_says_that_a_password_was_changed_and_nothing_of_it() {
        let changed = given::<User>(vec![registered()]).when(UserCommand::ChangePassword(ChangePassword {}));
        changed.then_expect_events(vec![UserEvent::PasswordChanged {}]);
    }

    #[test]
    fn nobody_has_no_password() {
        let nobody = given::<User>(vec![]).when(UserCommand::ChangePassword(ChangePassword {}));
        nobody.then_expect_error(UserError::Unknown);
    }
}
