//! What happens to a person's account.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ImageName;
use crate::aggregate::event_names;
use crate::event::{Upcast, shape_in};
use crate::{HasPersonal, Personal, PersonalField};

/// An event of a person's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    UserRegistered {
        email: Personal<String>,
        username: Option<Personal<String>>,
        nickname: Personal<String>,
    },
    NicknameChanged {
        nickname: Personal<String>,
    },
    UsernameChanged {
        username: Personal<String>,
    },
    StatusMessageChanged {
        status_message: Personal<String>,
    },
    StatusMessageCleared {},
    PasswordChanged {},
    /// `None` takes the image away.
    ProfileImageChanged {
        image: Option<Personal<ImageName>>,
    },
    /// Everything personal about this person is erased, wherever it is.
    AccountDeleted {},
}

event_names!(UserEvent {
    UserRegistered: 1,
    NicknameChanged: 1,
    UsernameChanged: 1,
    StatusMessageChanged: 1,
    StatusMessageCleared: 1,
    PasswordChanged: 1,
    ProfileImageChanged: 1,
    AccountDeleted: 1,
});

impl Upcast for UserEvent {
    fn newest_shape(event_type: &str) -> u16 {
        shape_in(Self::SHAPES, event_type)
    }

    fn upcast(_event_type: &str, _shape: u16, payload: Value) -> Value {
        payload
    }
}

impl HasPersonal for UserEvent {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        match self {
            Self::UserRegistered { email, username, nickname } => {
                visit(email);
                if let Some(username) = username {
                    visit(username);
                }
                visit(nickname);
            }
            Self::NicknameChanged { nickname: field }
            | Self::UsernameChanged { username: field }
            | Self::StatusMessageChanged { status_message: field } => visit(field),
            Self::ProfileImageChanged { image: Some(image) } => visit(image),
            Self::StatusMessageCleared {}
            | Self::PasswordChanged {}
            | Self::ProfileImageChanged { image: None }
            | Self::AccountDeleted {} => {}
        }
    }
}
