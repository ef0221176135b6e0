//! What a timeline tells between its messages.

use domain::room::Role;
use domain::{Timestamp, UserId, Version};

/// What happened to a room at one version, as far as its members are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub version: Version,
    pub at: Timestamp,
    /// Who did it.
    pub actor: UserId,
    pub told: Told,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Joined {
        user: UserId,
        role: Option<Role>,
    },
    /// By themselves.
    Left {
        user: UserId,
    },
    Removed {
        user: UserId,
    },
    RoleChanged {
        user: UserId,
        role: Option<Role>,
    },
    /// None when the name is erased.
    Renamed {
        name: Option<String>,
    },
}

/// Something in a timeline: it is the `rank`-th.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub rank: u64,
    pub version: Version,
}
