//! The write API. Handlers turn path and body into a command, dispatch it and shape the reply.

mod accounts;
mod asker;
pub mod caller;
mod changes;
mod command;
mod deletion;
mod document;
pub mod error;
mod export;
pub mod extract;
mod fresh;
mod friends;
#[cfg(test)]
mod given;
mod image;
mod judging;
mod login;
mod managing;
mod members;
mod messages;
mod muting;
mod notifications;
mod pairs;
mod password;
mod past;
mod people;
mod profile;
mod reactions;
mod reading;
mod register;
mod reply;
mod requests;
mod rooms;
mod rules;
mod sameness;
mod sessions;
mod spellings;
mod upload;
pub mod views;

use std::sync::Arc;

use domain::friendship::Friendship;
use domain::inbox::Inbox;
use domain::read_cursor::ReadCursor;
use domain::room::Room;
use domain::user::User;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use caller::{Caller, Trace};
pub use error::{Error, FieldError, Problem};
pub use extract::{Body, Id, Ids, OlderRoom, Params};
pub(crate) use fresh::now;
pub use image::Sitters;
pub use upload::LARGEST_IMAGE;

use crate::dispatch::Dispatch;
use crate::ports::processes::Feed;
use crate::ports::{
    Claims, Credentials, Digests, History, Images, Keys, OlderRooms, Passwords, People, Pictures, Sessions, Throttle,
    Ties, Tokens, Vault, Written,
};

/// What the handlers of commands work with.
pub struct Commands {
    pub users: Dispatch<User>,
    pub friendships: Dispatch<Friendship>,
    pub rooms: Dispatch<Room>,
    pub read_cursors: Dispatch<ReadCursor>,
    pub inboxes: Dispatch<Inbox>,
    pub history: Arc<dyn History>,
    pub feed: Arc<dyn Feed>,
    pub keys: Arc<dyn Keys>,
    pub vault: Arc<dyn Vault>,
    pub digests: Arc<dyn Digests>,
    pub people: Arc<dyn People>,
    pub written: Arc<dyn Written>,
    pub claims: Arc<dyn Claims>,
    pub credentials: Arc<dyn Credentials>,
    pub passwords: Arc<dyn Passwords>,
    pub pictures: Arc<dyn Pictures>,
    pub images: Arc<dyn Images>,
    pub sitters: Sitters,
    pub sessions: Arc<dyn Sessions>,
    pub tokens: Arc<dyn Tokens>,
    pub throttle: Arc<dyn Throttle>,
    pub ties: Arc<dyn Ties>,
    pub older_rooms: Arc<dyn OlderRooms>,
}

/// What all contexts say of themselves.
#[must_use]
pub fn documents() -> [OpenApi; 4] {
    [user_routes(), friend_routes(), chat_routes(), notification_routes()].map(OpenApiRouter::into_openapi)
}

/// The commands of the user context, and what has to do with sessions.
pub fn user(commands: Arc<Commands>) -> OpenApiRouter {
    user_routes().with_state(commands)
}

#[allow(deprecated, reason = "the older spellings are served")]
fn user_routes() -> OpenApiRouter<Arc<Commands>> {
    let changes = OpenApiRouter::default()
        .routes(routes!(password::change))
        .routes(routes!(profile::change, deletion::delete))
        .routes(routes!(profile::change_me))
        .routes(routes!(image::put, image::delete));
    document::commanding(changes)
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(login::login_json))
        .routes(routes!(login::refresh))
        .routes(routes!(sessions::logout))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(export::export))
}

/// The commands of the friend context.
pub fn friend(commands: Arc<Commands>) -> OpenApiRouter {
    friend_routes().with_state(commands)
}

#[allow(deprecated, reason = "the older spellings are served")]
fn friend_routes() -> OpenApiRouter<Arc<Commands>> {
    let changes = OpenApiRouter::default()
        .routes(routes!(requests::request))
        .routes(routes!(requests::accept))
        .routes(routes!(requests::reject))
        .routes(routes!(requests::cancel))
        .routes(routes!(requests::answer))
        .routes(routes!(requests::withdraw))
        .routes(routes!(friends::remove))
        .routes(routes!(friends::block, friends::unblock));
    document::commanding(changes)
}

/// The commands of the chat context.
pub fn chat(commands: Arc<Commands>) -> OpenApiRouter {
    chat_routes().with_state(commands)
}

#[allow(deprecated, reason = "the older spellings are served")]
fn chat_routes() -> OpenApiRouter<Arc<Commands>> {
    let changes = OpenApiRouter::default()
        .routes(routes!(rooms::open))
        .routes(routes!(rooms::check))
        .routes(routes!(rooms::change))
        .routes(routes!(members::add))
        .routes(routes!(members::remove))
        .routes(routes!(members::leave))
        .routes(routes!(members::change_role))
        .routes(routes!(messages::send))
        .routes(routes!(messages::send_to, changes::edit, changes::put, changes::delete))
        .routes(routes!(reactions::react, reactions::unreact))
        .routes(routes!(muting::mute, muting::unmute))
        .routes(routes!(reading::mark_read));
    document::commanding(changes)
}

/// The commands of the notification context.
pub fn notification(commands: Arc<Commands>) -> OpenApiRouter {
    notification_routes().with_state(commands)
}

fn notification_routes() -> OpenApiRouter<Arc<Commands>> {
    let changes =
        OpenApiRouter::default().routes(routes!(notifications::read)).routes(routes!(notifications::read_all));
    document::commanding(changes)
}
