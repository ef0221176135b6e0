//! A person: who they are to others. Their password and sessions are not here, nor in any event.

mod change_image;
mod change_password;
mod change_profile;
mod delete_account;
mod error;
mod event;
#[cfg(test)]
mod given;
mod image_name;
mod register;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use change_image::ChangeImage;
pub use change_password::ChangePassword;
pub use change_profile::{ChangeProfile, StatusMessage};
pub use delete_account::DeleteAccount;
pub use error::UserError;
pub use event::UserEvent;
pub use image_name::{ImageFormat, ImageName, ImageSize, NoImageName};
pub use register::Register;

use crate::aggregate::aggregate;
use crate::{Decide, HasPersonal, Kind, Personal, PersonalField, UserId};

/// The longest nickname, in characters.
pub const LONGEST_NICKNAME: usize = 100;
/// The longest status message, in characters.
pub const LONGEST_STATUS: usize = 500;

/// What a person's commands are decided on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub(crate) registered: bool,
    pub(crate) username: Option<Personal<String>>,
    pub(crate) nickname: Option<Personal<String>>,
    pub(crate) status_message: Option<Personal<String>>,
    pub(crate) image: Option<Personal<ImageName>>,
    pub(crate) password_changes: u64,
    pub(crate) deleted: bool,
}

/// What a person can ask of their account.
#[derive(Clone, Debug, PartialEq)]
pub enum UserCommand {
    Register(Register),
    ChangeProfile(ChangeProfile),
    ChangePassword(ChangePassword),
    ChangeImage(ChangeImage),
    DeleteAccount(DeleteAccount),
}

aggregate!(User, UserCommand, UserEvent, UserError);

impl User {
    /// Whether there is such a person, and still is.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.registered && !self.deleted
    }

    /// How often the password was changed.
    #[must_use]
    pub const fn password_changes(&self) -> u64 {
        self.password_changes
    }

    fn take_in(&mut self, event: UserEvent) {
        match event {
            UserEvent::UserRegistered { username, nickname, .. } => {
                self.registered = true;
                self.username = username;
                self.nickname = Some(nickname);
            }
            UserEvent::NicknameChanged { nickname } => self.nickname = Some(nickname),
            UserEvent::UsernameChanged { username } => self.username = Some(username),
            UserEvent::StatusMessageChanged { status_message } => self.status_message = Some(status_message),
            UserEvent::StatusMessageCleared {} => self.status_message = None,
            UserEvent::PasswordChanged {} => self.password_changes += 1,
            UserEvent::ProfileImageChanged { image } => self.image = image,
            UserEvent::AccountDeleted {} => {
                let Self { registered, password_changes, .. } = *self;
                *self = Self { registered, password_changes, deleted: true, ..Self::default() };
            }
        }
    }
}

impl Decide for User {
    const KIND: Kind = Kind::User;
    const SNAPSHOT_SHAPE: u16 = 4;

    fn decide(&self, command: &UserCommand) -> Result<Vec<UserEvent>, UserError> {
        match command {
            UserCommand::Register(command) => command.decide(self),
            UserCommand::ChangeProfile(command) => command.decide(self),
            UserCommand::ChangePassword(command) => command.decide(self),
            UserCommand::ChangeImage(command) => command.decide(self),
            UserCommand::DeleteAccount(command) => command.decide(self),
        }
    }

    fn subject(_event: &UserEvent, own: Uuid) -> Uuid {
        own
    }
}

impl HasPersonal for User {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        for field in [&mut self.username, &mut self.nickname, &mut self.status_message].into_iter().flatten() {
            visit(field);
        }
        if let Some(image) = &mut self.image {
            visit(image);
        }
    }
}

/// The name that a person goes by when they gave no nickname: their username, else what stands before the @.
#[must_use]
pub fn default_nickname<'a>(username: Option<&'a str>, email: &'a str) -> &'a str {
    username.unwrap_or_else(|| email.split('@').next().unwrap_or(email))
}

/// Wraps what `user` entered about themselves.
#[must_use]
pub const fn own(user: UserId, text: String) -> Personal<String> {
    Personal::about(user, text)
}
