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
        if !user.exists() {
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

    /// A blank one clears it.
    fn status(&self, user: &User) -> Result<Option<UserEvent>, UserError> {
        let status = match &self.status_message {
            None => return Ok(None),
            Some(StatusMessage::Clear) => None,
            Some(StatusMessage::Set(status)) => match text::content(status, LONGEST_STATUS) {
                Ok(()) => Some(status),
                Err(TextError::Blank) => None,
                Err(reason) => return Err(refuse("status_message")(reason)),
            },
        };
        Ok(match status {
            None => user.status_message.is_some().then_some(UserEvent::StatusMessageCleared {}),
            Some(status) if is(&user.status_message, status) => None,
            Some(status) => {
                Some(UserEvent::StatusMessageChanged { status_message: Personal::about(self.user, status.clone()) })
            }
        })
    }
}

fn is(field: &Option<Personal<String>>, text: &str) -> bool {
    field.as_ref().and_then(Personal::value).is_some_and(|value| value == text)
}

fn refuse(field: &'static str) -> impl Fn(TextError) -> UserError {
    move |reason| UserError::Text { field, reason }
}

#[cfg(test)]
mod tests {
    use super::super::UserCommand;
    use super::super::given::*;
    use super::*;

    const NOTHING: ChangeProfile = ChangeProfile { user: ANN, nickname: None, username: None, status_message: None };

    fn change(change: ChangeProfile) -> UserCommand {
        UserCommand::ChangeProfile(change)
    }

    fn nickname(nickname: &str) -> UserCommand {
        change(ChangeProfile { nickname: Some(nickname.to_owned()), ..NOTHING })
    }

    fn username(username: &str) -> UserCommand {
        change(ChangeProfile { username: Some(username.to_owned()), ..NOTHING })
    }

    fn status(status: &str) -> UserCommand {
        change(ChangeProfile { status_message: Some(StatusMessage::Set(status.to_owned())), ..NOTHING })
    }

    fn clear() -> UserCommand {
        change(ChangeProfile { status_message: Some(StatusMessage::Clear), ..NOTHING })
    }

    fn has_status(status: &str) -> UserEvent {
        UserEvent::StatusMessageChanged { status_message: own(status) }
    }

    #[test]
    fn only_what_is_given_changes() {
        let renamed = UserEvent::NicknameChanged { nickname: own("Anna") };
        given::<User>(vec![registered()]).when(nickname("Anna")).then_expect_events(vec![renamed]);
        let renamed = UserEvent::UsernameChanged { username: own("anna") };
        given::<User>(vec![registered()]).when(username("anna")).then_expect_events(vec![renamed]);
        given::<User>(vec![registered()]).when(status("busy")).then_expect_events(vec![has_status("busy")]);
    }

    #[test]
    fn all_can_change_at_once() {
        let all = change(ChangeProfile {
            user: ANN,
            nickname: Some(" Anna ".to_owned()),
            username: Some("anna".to_owned()),
            status_message: Some(StatusMessage::Set("busy".to_owned())),
        });
        given::<User>(vec![registered()]).when(all).then_expect_events(vec![
            UserEvent::NicknameChanged { nickname: own("Anna") },
            UserEvent::UsernameChanged { username: own("anna") },
            has_status("busy"),
        ]);
    }

    #[test]
    fn giving_nothing_changes_nothing() {
        given::<User>(vec![registered()]).when(change(NOTHING)).then_expect_events(vec![]);
    }

    #[test]
    fn giving_what_stands_already_changes_nothing() {
        for same in [nickname("Ann"), nickname(" Ann "), username("ann_lee"), status("busy")] {
            let ann = given::<User>(vec![registered(), has_status("busy")]);
            ann.when(same).then_expect_events(vec![]);
        }
    }

    #[test]
    fn a_username_in_another_case_is_another_spelling_of_it() {
        let spelt = UserEvent::UsernameChanged { username: own("Ann_Lee") };
        given::<User>(vec![registered()]).when(username("Ann_Lee")).then_expect_events(vec![spelt]);
    }

    #[test]
    fn a_status_message_is_cleared_once() {
        let cleared = UserEvent::StatusMessageCleared {};
        let ann = given::<User>(vec![registered(), has_status("busy")]);
        ann.when(clear()).then_expect_events(vec![cleared.clone()]);
        let ann = given::<User>(vec![registered(), has_status("busy"), cleared]);
        ann.when(clear()).then_expect_events(vec![]);
        given::<User>(vec![registered()]).when(clear()).then_expect_events(vec![]);
    }

    #[test]
    fn one_field_that_is_not_of_the_form_refuses_the_whole_change() {
        let half = ChangeProfile { nickname: Some("Anna".to_owned()), username: Some("x".to_owned()), ..NOTHING };
        let refused = UserError::Text { field: "username", reason: TextError::TooShort };
        given::<User>(vec![registered()]).when(change(half)).then_expect_error(refused);
    }

    #[test]
    fn what_is_not_of_the_form_is_refused_by_its_field() {
        let (long_name, long_status) = ("a".repeat(LONGEST_NICKNAME + 1), "a".repeat(LONGEST_STATUS + 1));
        for (command, field, reason) in [
            (nickname(""), "nickname", TextError::Blank),
            (nickname(&long_name), "nickname", TextError::TooLong),
            (nickname("a\0"), "nickname", TextError::Forbidden),
            (username("ann lee"), "username", TextError::Forbidden),
            (status(&long_status), "status_message", TextError::TooLong),
        ] {
            let refused = UserError::Text { field, reason };
            given::<User>(vec![registered()]).when(command).then_expect_error(refused);
        }
    }

    #[test]
    fn a_blank_status_message_clears_it() {
        let ann = given::<User>(vec![registered(), has_status("busy")]);
        ann.when(status(" ")).then_expect_events(vec![UserEvent::StatusMessageCleared {}]);
        given::<User>(vec![registered()]).when(status("")).then_expect_events(vec![]);
    }

    #[test]
    fn a_status_message_of_500_characters_fits() {
        let longest = "한".repeat(LONGEST_STATUS);
        given::<User>(vec![registered()]).when(status(&longest)).then_expect_events(vec![has_status(&longest)]);
    }

    #[test]
    fn nobody_has_no_profile() {
        given::<User>(vec![]).when(change(NOTHING)).then_expect_error(UserError::Unknown);
    }
}
