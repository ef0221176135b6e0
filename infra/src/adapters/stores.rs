//! Everything that lies with the events, wherever the settings say that it lies.

mod postgres;
mod sqlite;

use std::error::Error;
use std::sync::Arc;

use command_side::ports::processes::Turns;
use command_side::ports::{Append, AppendPast, Claims, Credentials, History, Keys, OlderRooms, Sessions, Snapshots};
use futures::future::BoxFuture;
use projections::ports::Log;

use super::accounts::EndedSessions;
use super::deletions::Deletions;
use super::halt::Halt;
use super::opening::Beside;
use super::postgres::PostgresEventStore;
use super::vault::KeyVault;
use super::vault::secrets::Secrets;
use crate::config::Settings;
use crate::http::Readiness;

/// The turns with the process manager of this name.
pub type TurnsWith = Arc<dyn Fn(&'static str) -> Arc<dyn Turns> + Send + Sync>;

type Failure = Box<dyn Error + Send + Sync>;

/// The event store, and what is written with the events.
pub struct Stores {
    pub append: Arc<dyn Append>,
    /// Appends what happened before, elsewhere.
    pub past: Arc<dyn AppendPast>,
    pub older_rooms: Arc<dyn OlderRooms>,
    /// Stops what `append` does.
    pub halt: Halt,
    pub history: Arc<dyn History>,
    pub snapshots: Arc<dyn Snapshots>,
    pub keys: Arc<dyn Keys>,
    pub claims: Arc<dyn Claims>,
    pub credentials: Arc<dyn Credentials>,
    pub sessions: Arc<dyn Sessions>,
    /// The accounts that were deleted.
    pub deletions: Arc<Deletions>,
    /// Those that are over.
    pub ended: Arc<EndedSessions>,
    pub vault: Arc<KeyVault>,
    pub secrets: Arc<Secrets>,
    /// The events in position order.
    pub log: Arc<dyn Log>,
    /// Whose turn it is with each process manager, and what it has seen to.
    pub turns: TurnsWith,
    /// Which event store it is: what is made of it says so.
    pub identity: String,
    pub readiness: Readiness,
    pub background: Vec<Beside>,
    /// The store that the relay follows, where others than this process may append.
    pub relayed: Option<Arc<PostgresEventStore>>,
    /// Leaves everything as it should be found.
    pub close: BoxFuture<'static, ()>,
}

impl Stores {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// It is not there yet, or can not be used.
    pub async fn open(settings: &Settings) -> Result<Self, Failure> {
        match settings.event_store.scheme() {
            "sqlite" => sqlite::open(settings).await,
            _ => postgres::open(settings).await,
        }
    }
}
