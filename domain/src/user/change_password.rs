//! A person takes another password. The event says that it happened; the hash rides in the append, outside the log.

use super::{User, UserError, UserEvent};

/// Records that the password was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePassword {
    /// How often it had been changed when the current password was found right: after another change it is not the current one.
    pub after: u64,
}

impl ChangePassword {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if !user.exists() {
            return Err(UserError::Unknown);
        }
        if self.after != user.password_changes {
            return Err(UserError::WrongPassword);
        }
        Ok(vec![UserEvent::PasswordChanged {}])
    }
}

#[cfg(test)]
mod tests {
    use super::super::UserCommand;
    use super::super::given::*;
    use super::*;

    #[test]
    fn the_log_says_that_a_password_was_changed_and_nothing_of_it() {
        let changed = given::<User>(vec![registered()]).when(UserCommand::ChangePassword(ChangePassword { after: 0 }));
        changed.then_expect_events(vec![UserEvent::PasswordChanged {}]);
    }

    #[test]
    fn nobody_has_no_password() {
        let nobody = given::<User>(vec![]).when(UserCommand::ChangePassword(ChangePassword { after: 0 }));
        nobody.then_expect_error(UserError::Unknown);
    }

    #[test]
    fn of_two_who_knew_the_same_password_one_changes_it() {
        let change = |after| UserCommand::ChangePassword(ChangePassword { after });
        let changed = vec![registered(), UserEvent::PasswordChanged {}];
        given::<User>(changed.clone()).when(change(0)).then_expect_error(UserError::WrongPassword);
        given::<User>(changed).when(change(1)).then_expect_events(vec![UserEvent::PasswordChanged {}]);
    }
}
