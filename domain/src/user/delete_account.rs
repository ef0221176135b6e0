//! A person goes for good. What they entered becomes unreadable when their key is destroyed; the events stay.

use super::{User, UserError, UserEvent};

/// Ends the account. Its claims, password and sessions end with the same append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteAccount {
    /// How often the password had been changed when it was found right: after another change it is not the current one.
    pub after: u64,
}

impl DeleteAccount {
    pub(super) fn decide(&self, user: &User) -> Result<Vec<UserEvent>, UserError> {
        if !user.exists() {
            return Err(UserError::Unknown);
        }
        if self.after != user.password_changes {
            return Err(UserError::WrongPassword);
        }
        Ok(vec![UserEvent::AccountDeleted {}])
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::Aggregate as _;

    use super::super::given::*;
    use super::super::{ChangePassword, ChangeProfile, Register, UserCommand};
    use super::*;

    fn delete(after: u64) -> UserCommand {
        UserCommand::DeleteAccount(DeleteAccount { after })
    }

    fn gone() -> Vec<UserEvent> {
        vec![registered(), UserEvent::AccountDeleted {}]
    }

    #[test]
    fn an_account_is_deleted_and_the_log_says_nothing_but_that() {
        given::<User>(vec![registered()]).when(delete(0)).then_expect_events(vec![UserEvent::AccountDeleted {}]);
    }

    #[test]
    fn who_is_gone_can_do_nothing_more_not_even_go() {
        let profile = ChangeProfile { user: ANN, nickname: None, username: None, status_message: None };
        for command in
            [delete(0), UserCommand::ChangeProfile(profile), UserCommand::ChangePassword(ChangePassword { after: 0 })]
        {
            given::<User>(gone()).when(command).then_expect_error(UserError::Unknown);
        }
    }

    #[test]
    fn an_account_that_is_gone_does_not_begin_again() {
        let again =
            Register { user: ANN, email: "ann@example.org".to_owned(), username: None, nickname: "Ann".to_owned() };
        given::<User>(gone()).when(UserCommand::Register(again)).then_expect_error(UserError::AlreadyRegistered);
    }

    #[test]
    fn nobody_can_not_go() {
        given::<User>(vec![]).when(delete(0)).then_expect_error(UserError::Unknown);
    }

    #[test]
    fn a_password_that_was_changed_meanwhile_is_the_wrong_one() {
        let changed = vec![registered(), UserEvent::PasswordChanged {}];
        given::<User>(changed.clone()).when(delete(0)).then_expect_error(UserError::WrongPassword);
        given::<User>(changed).when(delete(1)).then_expect_events(vec![UserEvent::AccountDeleted {}]);
    }

    #[test]
    fn nothing_personal_is_left_of_who_is_gone() {
        let mut user = User::default();
        let said = UserEvent::StatusMessageChanged { status_message: own("busy") };
        [registered(), said, UserEvent::AccountDeleted {}].into_iter().for_each(|event| user.apply(event));
        assert!(!user.exists());
        assert_eq!(user, User { registered: true, deleted: true, ..User::default() });
    }
}
