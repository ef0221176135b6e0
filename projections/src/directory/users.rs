//! Who people are to others, and by which words they are found.

use domain::user::UserEvent;
use domain::{Envelope, Event, Timestamp, UserId, Version, text};

use crate::ports::Unprojectable;
use crate::readable::{readable, readable_if_any};

/// What an event changes of a person; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChanged {
    pub user: UserId,
    pub version: Version,
    pub at: Timestamp,
    /// Whether this is the person's first event.
    pub is_new: bool,
    /// Whether anything changes that others or the person can see.
    pub is_visible: bool,
    pub email: Option<Option<String>>,
    pub username: Option<Option<String>>,
    pub nickname: Option<Option<String>>,
    pub status_message: Option<Option<String>>,
    pub image: Option<Option<String>>,
}

pub(super) fn changed(event: &Envelope<Event>, said: &UserEvent) -> Result<UserChanged, Unprojectable> {
    let same = UserChanged {
        user: UserId(event.stream.id),
        version: event.version,
        at: event.recorded_at,
        is_new: false,
        is_visible: true,
        email: None,
        username: None,
        nickname: None,
        status_message: None,
        image: None,
    };
    Ok(match said {
        UserEvent::UserRegistered { email, username, nickname } => UserChanged {
            is_new: true,
            email: Some(readable(email)?),
            username: Some(readable_if_any(username.as_ref())?),
            nickname: Some(readable(nickname)?),
            status_message: Some(None),
            image: Some(None),
            ..same
        },
        UserEvent::NicknameChanged { nickname } => UserChanged { nickname: Some(readable(nickname)?), ..same },
        UserEvent::UsernameChanged { username } => UserChanged { username: Some(readable(username)?), ..same },
        UserEvent::StatusMessageChanged { status_message } => {
            UserChanged { status_message: Some(readable(status_message)?), ..same }
        }
        UserEvent::StatusMessageCleared {} => UserChanged { status_message: Some(None), ..same },
        UserEvent::PasswordChanged {} => UserChanged { is_visible: false, ..same },
        UserEvent::ProfileImageChanged { image } => {
            UserChanged { image: Some(readable_if_any(image.as_ref())?), ..same }
        }
        UserEvent::AccountDeleted {} => UserChanged {
            email: Some(None),
            username: Some(None),
            nickname: Some(None),
            status_message: Some(None),
            image: Some(None),
            ..same
        },
    })
}

/// The folded words by which somebody with these names is found, each once.
#[must_use]
pub fn search_words(nickname: Option<&str>, username: Option<&str>) -> Vec<String> {
    let mut words: Vec<_> = [nickname, username].into_iter().flatten().flat_map(text::words).collect();
    words.sort_unstable();
    words.dedup();
    words
}
