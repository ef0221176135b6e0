//! From what a projection asks to be kept to what stands in columns, whichever the technology.

use domain::UserId;
use domain::friendship::Status;
use domain::room::{Role, RoomType};
use projections::directory::search_words;

/// As serde writes it.
pub(super) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::None => "none",
        Status::Pending => "pending",
        Status::Accepted => "accepted",
        Status::Rejected => "rejected",
        Status::Cancelled => "cancelled",
        Status::Removed => "removed",
    }
}

/// As serde writes it.
pub(super) const fn room_type_name(room_type: RoomType) -> &'static str {
    match room_type {
        RoomType::Direct => "direct",
        RoomType::Group => "group",
    }
}

/// As serde writes it.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// The words by which somebody is found.
pub(super) fn words(user: UserId, nickname: Option<&str>, username: Option<&str>) -> Vec<(String, UserId)> {
    search_words(nickname, username).into_iter().map(|word| (word, user)).collect()
}

/// What a field becomes; nothing when it is emptied, or not said.
pub(super) fn flat(field: &Option<Option<String>>) -> Option<&str> {
    field.as_ref().and_then(Option::as_deref)
}
