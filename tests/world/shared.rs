//! One server for the stories of a file.

use crate::{House, Options, World};
use std::sync::{Arc, Weak};
use tokio::sync::Mutex;

/// A server that the tests of a file share while any of them runs.
#[derive(Debug)]
pub struct Shared(Mutex<Weak<House>>);

impl Shared {
    /// Nothing is started before it is asked for.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::const_new(Weak::new()))
    }

    /// A hold of one's own on the shared server.
    pub async fn world(&self) -> World {
        let mut shared = self.0.lock().await;
        if let Some(house) = shared.upgrade() {
            return World::of(house);
        }
        let house = Arc::new(House::build(Options::default(), None).await);
        *shared = Arc::downgrade(&house);
        World::of(house)
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}
