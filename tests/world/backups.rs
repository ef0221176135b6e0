//! Copies of stores that are put back, as after a restore from a backup.

use crate::World;

impl World {
    /// Keeps a copy of the event store as it is now; the process must not run.
    pub async fn keep_events(&self) {
        match self.premises() {
            Some(premises) => premises.keep("events").await,
            None => self.house.copy("events", "", "kept"),
        }
    }

    /// Puts the copy in the place of the event store, as after a restore from a backup; the process must not run.
    pub async fn put_events_back(&self) {
        match self.premises() {
            Some(premises) => premises.put_back("events").await,
            None => self.house.copy("events", "kept", ""),
        }
    }

    /// Keeps a copy of the keys as they are now; the process must not run.
    pub async fn keep_keys(&self) {
        match self.premises() {
            Some(premises) => premises.keep("keys").await,
            None => self.house.copy("keys", "", "kept"),
        }
    }

    /// Puts the copy in the place of the keys, as after a restore from a backup; the process must not run.
    pub async fn put_keys_back(&self) {
        match self.premises() {
            Some(premises) => premises.put_back("keys").await,
            None => self.house.copy("keys", "kept", ""),
        }
    }
}
