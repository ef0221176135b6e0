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

#[cfg(test)]
mod tests {
    use super::super::UserCommand;
    use super::super::given::*;
    use super::*;
    use crate::text::TextError;

    fn register(username: Option<&str>, nickname: &str) -> UserCommand {
        UserCommand::Register(Register {
            user: ANN,
            email: "ann@example.org".to_owned(),
            username: username.map(str::to_owned),
            nickname: nickname.to_owned(),
        })
    }

    fn refused(field: &'static str, reason: TextError) -> UserError {
        UserError::Text { field, reason }
    }

    #[test]
    fn an_account_begins_with_what_was_given_as_the_users_own() {
        given::<User>(vec![]).when(register(Some("ann_lee"), "Ann")).then_expect_events(vec![registered()]);
    }

    #[test]
    fn one_need_not_have_a_username() {
        let nameless =
            UserEvent::UserRegistered { email: own("ann@example.org"), username: None, nickname: own("Ann") };
        given::<User>(vec![]).when(register(None, "Ann")).then_expect_events(vec![nameless]);
    }

    #[test]
    fn the_space_around_a_nickname_is_not_kept() {
        given::<User>(vec![]).when(register(Some("ann_lee"), "  Ann ")).then_expect_events(vec![registered()]);
    }

    #[test]
    fn an_account_begins_once() {
        let again = given::<User>(vec![registered()]).when(register(Some("ann_lee"), "Ann"));
        again.then_expect_error(UserError::AlreadyRegistered);
    }

    #[test]
    fn a_username_that_is_not_of_the_form_is_refused() {
        for (username, reason) in [("an", TextError::TooShort), ("ann lee", TextError::Forbidden)] {
            let asked = given::<User>(vec![]).when(register(Some(username), "Ann"));
            asked.then_expect_error(refused("username", reason));
        }
    }

    #[test]
    fn a_nickname_that_is_not_of_the_form_is_refused() {
        let longest = "a".repeat(LONGEST_NICKNAME);
        assert!(given::<User>(vec![]).when(register(None, &longest)).inspect_result().is_ok());
        for (nickname, reason) in
            [(" ", TextError::Blank), (&*(longest + "a"), TextError::TooLong), ("Ann\u{202e}", TextError::Forbidden)]
        {
            let asked = given::<User>(vec![]).when(register(None, nickname));
            asked.then_expect_error(refused("nickname", reason));
        }
    }

    #[test]
    fn who_gave_no_nickname_goes_by_the_username_or_what_stands_before_the_at() {
        use super::super::default_nickname;
        assert_eq!(default_nickname(Some("ann_lee"), "ann@example.org"), "ann_lee");
        assert_eq!(default_nickname(None, "ann@example.org"), "ann");
    }
}
