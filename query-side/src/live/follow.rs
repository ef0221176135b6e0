//! Following: what comes, as it comes.

use domain::{Position, UserId, Version};

use super::hub::{Entry, Hearing};
use super::ring::{Place, Taken};
use crate::Positions;

/// A stream of one room that has caught up.
pub(super) struct OneRoom {
    entry: Entry,
    user: UserId,
    place: Place,
}

impl OneRoom {
    /// Follows behind `version` and the read marks up to the position `marks`; gives the entry back when too much has been let go.
    pub(super) fn behind(entry: Entry, user: UserId, version: Version, marks: Position) -> Result<Self, Entry> {
        match entry.place(version, marks) {
            Some(place) => Ok(Self { entry, user, place }),
            None => Err(entry),
        }
    }

    pub(super) fn take(&mut self) -> Taken {
        self.entry.take(&mut self.place, self.user)
    }

    /// The version up to which everything was sent.
    pub(super) const fn sent(&self) -> Version {
        self.place.version
    }
}

/// A stream of all rooms of a user that has caught up.
pub(super) struct AllRooms {
    hearing: Hearing,
    sent: Positions,
}

impl AllRooms {
    /// Follows behind `sent`.
    pub(super) const fn behind(hearing: Hearing, sent: Positions) -> Self {
        Self { hearing, sent }
    }

    pub(super) fn take(&mut self) -> Taken {
        self.hearing.listener.take(&mut self.sent)
    }

    /// The positions up to which everything was sent.
    pub(super) const fn sent(&self) -> &Positions {
        &self.sent
    }
}
