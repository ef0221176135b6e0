//! The same of parts that are files, looked at before any of them is made, migrated or written.

use std::path::{Path, PathBuf};

use super::{Remembers, Stranger, judge};
use crate::adapters::event_store::{SqliteEventStore, connect};
use crate::adapters::vault::KeyVault;
use crate::config::Settings;
use crate::data::DataFolder;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where the parts lie.
#[derive(Clone, Debug)]
pub struct Places {
    pub events: PathBuf,
    pub keys: PathBuf,
    pub secrets: PathBuf,
}

impl Places {
    /// Says whether what lies there belongs together. Gives the store's own name, if it was ever served.
    ///
    /// # Errors
    /// A part is missing, is not that of the others, or can not be read.
    pub async fn judge(&self) -> Result<Option<String>, Failure> {
        let in_file = |file: &Path, error: Failure| format!("{}: {error}", file.display());
        let store = match has_identity(&self.events).await? {
            true => Some(SqliteEventStore::open_beside(&self.events).await.map_err(|e| in_file(&self.events, e))?),
            false => None,
        };
        let vault = has_identity(&self.keys).await?.then(|| KeyVault::open_beside(&self.keys));
        let judged =
            judge(store.as_deref().map(|store| store as &dyn Remembers), vault.as_deref(), &self.secrets).await;
        if let Some(store) = store {
            store.close().await;
        }
        if let Some(vault) = vault {
            vault.close().await;
        }
        Ok(judged?)
    }
}

/// Says whether what lies in the data folder belongs together. Gives the store's own name, if it was ever served.
///
/// # Errors
/// The folder is half of a restore; a part is missing, is not that of the others, or can not be read.
pub async fn judge_folder(settings: &Settings) -> Result<Option<String>, Failure> {
    let folder = DataFolder::at(&settings.data);
    folder.is_whole()?;
    let places = Places { events: folder.events(), keys: folder.keys(), secrets: settings.secrets.clone() };
    let judged = places.judge().await?;
    // Read models are made after the events: they were of others.
    if !folder.events().exists() && folder.has_read_models() {
        return Err(Stranger::Events.into());
    }
    Ok(judged)
}

/// Whether a file is there in which an identity could stand: one that is empty, or of a release without identities, says nothing.
async fn has_identity(file: &Path) -> Result<bool, Failure> {
    if !file.exists() {
        return Ok(false);
    }
    let readers = connect::readers(file, 1);
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'identity')");
    let found = query.fetch_one(&readers).await;
    readers.close().await;
    found.map_err(|error| format!("{}: {error}", file.display()).into())
}
