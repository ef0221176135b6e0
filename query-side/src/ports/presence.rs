//! Who is online. A device gives signs of life and is there for a while after each; somebody is online as long as one of their
//! devices is there. Nothing of this is in the log.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::Caller;
use command_side::api::views::Presence;
use domain::{Timestamp, UserId};

use super::Unavailable;

/// Giving signs of life. A device is a session of its user.
#[async_trait]
pub trait Heartbeats: Send + Sync {
    /// How long a device is there after a sign of life.
    fn life(&self) -> Duration;

    /// These devices are there. Of one user no more than some hundred are kept: those with the newest signs.
    async fn beat(&self, devices: &[Caller]) -> Result<(), Unavailable>;

    /// These devices are gone, without waiting until their time is over.
    async fn leave(&self, devices: &[Caller]) -> Result<(), Unavailable>;
}

/// Reading who is there.
#[async_trait]
pub trait Presences: Send + Sync {
    /// How those of `users` stand of whom anything is known. When somebody was last seen is remembered for a while, not for ever.
    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>, Unavailable>;

    /// Of nobody who was not seen since then anything is known.
    fn remembers_since(&self) -> Timestamp;
}

/// Up to where somebody was told who came and went: a number, and what it counts in. None is at the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    pub epoch: u64,
    pub number: u64,
}

/// Who came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Each once, as they stand now; in the order of their last change.
    pub changed: Vec<(UserId, Presence)>,
    /// Whether more happened than is told: everybody who matters is to be looked up.
    pub has_gap: bool,
    pub until: Since,
}

/// Following who comes and goes.
#[async_trait]
pub trait Transitions: Send + Sync {
    /// Who came or went after `since`, the first of them. Whoever's time is over by now goes with this call.
    async fn after(&self, since: Since) -> Result<News, Unavailable>;
}

/// All sides of it.
#[derive(Clone)]
pub struct Attendance {
    pub heartbeats: Arc<dyn Heartbeats>,
    pub presences: Arc<dyn Presences>,
    pub transitions: Arc<dyn Transitions>,
}

impl<P: Heartbeats + Presences + Transitions + 'static> From<Arc<P>> for Attendance {
    fn from(one: Arc<P>) -> Self {
        Self { heartbeats: one.clone(), presences: one.clone(), transitions: one }
    }
}
