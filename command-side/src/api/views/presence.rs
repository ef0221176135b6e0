//! Whether somebody is there.

use domain::Timestamp;

use super::UserView;

/// Whether somebody is online, and when a sign of life of theirs was last seen. Of whom nothing is known, nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    pub is_online: bool,
    pub last_seen_at: Option<Timestamp>,
}

impl UserView {
    /// The same, there or not.
    #[must_use]
    pub fn seen(self, presence: Presence) -> Self {
        let Presence { is_online, last_seen_at } = presence;
        Self { is_online, last_seen_at, ..self }
    }
}
