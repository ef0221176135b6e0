//! A user, folded from their events.

use domain::user::UserEvent;
use domain::{Envelope, Event, Personal, UserId};

use super::{UserView, image_url};

impl UserView {
    /// The user that these events made, as they see themselves; `None` when they do not begin with a registration.
    pub(in crate::api) fn fold(events: &[Envelope]) -> Option<Self> {
        let (first, later) = events.split_first()?;
        let mut user = Self::registered(first)?;
        for event in later {
            user.take_in(event);
        }
        Some(user)
    }

    fn registered(first: &Envelope) -> Option<Self> {
        let Event::User(UserEvent::UserRegistered { email, username, nickname }) = &first.payload else { return None };
        let nickname = or_nothing(nickname);
        Some(Self {
            id: UserId(first.stream.id),
            email: email.value().cloned(),
            username: username.as_ref().and_then(Personal::value).cloned(),
            display_name: nickname.clone(),
            nickname,
            status_message: None,
            image_url: None,
            is_online: false,
            last_seen_at: None,
            created_at: first.recorded_at,
            updated_at: first.recorded_at,
        })
    }

    fn erase(&mut self) {
        (self.email, self.username, self.status_message, self.image_url) = (None, None, None, None);
        (self.nickname, self.display_name) = (String::new(), String::new());
    }

    fn take_in(&mut self, event: &Envelope) {
        let Event::User(said) = &event.payload else { return };
        match said {
            UserEvent::NicknameChanged { nickname } => {
                self.nickname = or_nothing(nickname);
                self.display_name.clone_from(&self.nickname);
            }
            UserEvent::UsernameChanged { username } => self.username = username.value().cloned(),
            UserEvent::StatusMessageChanged { status_message } => self.status_message = status_message.value().cloned(),
            UserEvent::StatusMessageCleared {} => self.status_message = None,
            UserEvent::ProfileImageChanged { image } => {
                let name = image.as_ref().and_then(Personal::value);
                self.image_url = name.map(|name| image_url(&name.to_string()));
            }
            UserEvent::AccountDeleted {} => return self.erase(),
            // Nothing that is shown.
            UserEvent::UserRegistered { .. } | UserEvent::PasswordChanged {} => return,
        }
        // A clock may be set back; a time that is shown does not go back.
        self.updated_at = self.updated_at.max(event.recorded_at);
    }
}

/// What is erased shows as nothing.
fn or_nothing(field: &Personal<String>) -> String {
    field.value().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::user::{ImageFormat, ImageName};

    use super::*;
    use crate::api::given::{ANN, past};

    fn own(text: &str) -> Personal<String> {
        Personal::about(ANN, text.to_owned())
    }

    fn registered() -> UserEvent {
        UserEvent::UserRegistered { email: own("ann@x.org"), username: Some(own("ann_1")), nickname: own("Ann") }
    }

    #[test]
    fn a_user_is_what_they_said_last() {
        let events = past(
            ANN,
            [
                registered(),
                UserEvent::NicknameChanged { nickname: own("Anna") },
                UserEvent::UsernameChanged { username: own("anna") },
                UserEvent::StatusMessageChanged { status_message: own("away") },
                UserEvent::PasswordChanged {},
            ],
        );
        let user = UserView::fold(&events).expect("a user");
        assert_eq!((user.id, user.email.as_deref()), (ANN, Some("ann@x.org")));
        assert_eq!((user.nickname.as_str(), user.display_name.as_str()), ("Anna", "Anna"));
        assert_eq!((user.username.as_deref(), user.status_message.as_deref()), (Some("anna"), Some("away")));
        assert_eq!((user.created_at, user.updated_at), (events[0].recorded_at, events[3].recorded_at));
    }

    #[test]
    fn a_cleared_status_is_none() {
        let set = UserEvent::StatusMessageChanged { status_message: own("away") };
        let events = past(ANN, [registered(), set, UserEvent::StatusMessageCleared {}]);
        assert_eq!(UserView::fold(&events).expect("a user").status_message, None);
    }

    #[test]
    fn an_image_is_seen_until_it_is_taken_away() {
        let name = ImageName { user: ANN, made_at: 1, digest: 2, format: ImageFormat::Jpeg };
        let image = |image| UserEvent::ProfileImageChanged { image };
        let shown = image(Some(Personal::about(ANN, name)));
        let url = |events: Vec<Envelope>| UserView::fold(&events).expect("a user").image_url;
        assert_eq!(url(past(ANN, [registered(), shown.clone()])), Some(format!("/api/users/images/{name}")));
        assert_eq!(url(past(ANN, [registered(), shown, image(None)])), None);
        assert_eq!(url(past(ANN, [registered(), image(Some(Personal::Erased { subject: ANN }))])), None);
    }

    #[test]
    fn what_does_not_begin_with_a_registration_is_nobody() {
        assert_eq!(UserView::fold(&[]), None);
        assert_eq!(UserView::fold(&past(ANN, [UserEvent::PasswordChanged {}])), None);
    }

    #[test]
    fn erased_names_show_as_nothing() {
        let gone = || Personal::Erased { subject: ANN };
        let registered = UserEvent::UserRegistered { email: gone(), username: Some(gone()), nickname: gone() };
        let user = UserView::fold(&past(ANN, [registered])).expect("a user");
        assert_eq!((user.email, user.username, user.nickname), (None, None, String::new()));
    }
}
