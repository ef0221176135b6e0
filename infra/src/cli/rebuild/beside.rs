//! The stores of a data folder, for a command beside the server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use projections::ports::Log;

use crate::adapters::event_store::{SqliteEventStore, SqliteLog};
use crate::adapters::read_models::sqlite::{Generations, Model};
use crate::adapters::vault::KeyVault;
use crate::data::DataFolder;

/// Why a command failed.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a command reads.
pub(crate) struct Beside {
    store: Arc<SqliteEventStore>,
    vault: Arc<KeyVault>,
    read_models: PathBuf,
}

impl Beside {
    /// Opens the data folder `data`, in which there is an event store.
    pub(crate) async fn open(data: &Path) -> Result<Self, Failure> {
        let folder = DataFolder::at(data);
        // Without its keys everything personal in the store would look erased.
        for file in [folder.events(), folder.keys()] {
            if !file.exists() {
                return Err(
                    format!("{} is missing: there is no event store in {}", file.display(), data.display()).into()
                );
            }
        }
        let store = SqliteEventStore::open_beside(&folder.events()).await?;
        let vault = KeyVault::open(&folder.keys()).await?;
        Ok(Self { store, vault, read_models: folder.read_models() })
    }

    pub(crate) fn log(&self) -> Arc<dyn Log> {
        SqliteLog::beside(self.store.clone(), self.vault.clone())
    }

    pub(crate) async fn generations(&self, model: Model) -> Result<Arc<Generations>, Failure> {
        Generations::open(&self.read_models, model).await
    }

    pub(crate) fn store(&self) -> Arc<SqliteEventStore> {
        self.store.clone()
    }

    pub(crate) fn vault(&self) -> Arc<KeyVault> {
        self.vault.clone()
    }
}
