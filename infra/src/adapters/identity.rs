//! Whether event store, keys and secrets belong together. Each is made when it is missing: a server that lost one of them would
//! begin anew beside the others, and whatever it wrote then would fit neither.

mod folder;

use std::io;
use std::path::Path;

use async_trait::async_trait;
use command_side::ports::{Digest, Digests as _, Unavailable};

pub use folder::{Places, judge_folder};

use super::event_store::SqliteEventStore;
use super::postgres::PostgresEventStore;
use super::vault::KeyVault;
use super::vault::secrets::{IDENTITY, Secrets};

/// Which part is not that of the others, or why none can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    #[error(
        "events.db is missing or another's (distributed: the database event_store): the keys or read models are of people whom it does not know; put it back"
    )]
    Events,
    #[error(
        "keys.db is missing or another's (distributed: the database keys): what the event store holds could not be read any more; put it back"
    )]
    Keys,
    #[error(
        "secrets/digest.key is missing or another's: nobody of the event store could log in any more; put it back, or have CHAT_SECRETS name its folder"
    )]
    Secrets,
    #[error("secrets/digest.key can not be read: {0}")]
    Unreadable(io::Error),
    #[error("whether event store, keys and secrets belong together can not be told: {}", .0.0)]
    Away(Unavailable),
}

impl From<Unavailable> for Stranger {
    fn from(away: Unavailable) -> Self {
        Self::Away(away)
    }
}

/// An event store that remembers what belongs to it.
#[async_trait]
pub trait Remembers: Send + Sync {
    /// What it remembers of the part of this name.
    async fn recall(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Remembers this, unless another process was first; gives what is remembered then.
    async fn remember(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Unavailable>;
}

macro_rules! remembers {
    ($store:ty) => {
        #[async_trait]
        impl Remembers for $store {
            async fn recall(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
                self.identity(name).await
            }

            async fn remember(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, Unavailable> {
                self.identify(name, value).await
            }
        }
    };
}

remembers!(SqliteEventStore);
remembers!(PostgresEventStore);

/// Says whether the parts that are there belong together; nothing is made or written. Gives the store's own name, if it was ever served.
///
/// # Errors
/// One of them is missing or is not that of the others.
pub async fn judge(
    store: Option<&dyn Remembers>,
    vault: Option<&KeyVault>,
    secrets: &Path,
) -> Result<Option<String>, Stranger> {
    // In this order: what the store remembers was there before it did.
    let (known, digest) = (recalled(store, "keys").await?, recalled(store, "secrets").await?);
    let (found, is_empty) = match vault {
        Some(vault) => (vault.identity().await?, vault.is_empty().await?),
        None => (None, true),
    };
    match (known, found) {
        (Some(known), Some(found)) if known == found => is_known(digest, secrets).map(|()| Some(name(&known))),
        (Some(_), _) => Err(Stranger::Keys),
        (None, Some(_)) if !is_empty => Err(Stranger::Events),
        (None, _) => Ok(None),
    }
}

async fn recalled(store: Option<&dyn Remembers>, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
    match store {
        Some(store) => store.recall(name).await,
        None => Ok(None),
    }
}

fn is_known(digest: Option<Vec<u8>>, secrets: &Path) -> Result<(), Stranger> {
    let Some(digest) = digest else { return Ok(()) };
    let found = Secrets::known_by(secrets).map_err(Stranger::Unreadable)?;
    if found.is_some_and(|found| found[..] == digest[..]) { Ok(()) } else { Err(Stranger::Secrets) }
}

/// Ties parts that are about to be served and were judged; new ones belong together from now on. Gives the store's own name.
///
/// # Errors
/// Another process was first, with others.
pub async fn tie(store: &dyn Remembers, vault: &KeyVault, secrets: &Secrets) -> Result<String, Stranger> {
    if vault.identity().await?.is_none() {
        // In this order: keys without a store are made out above, a store without keys is not. Of two processes that begin
        // together one is first, and the other ties the same.
        vault.identify(&new()?).await?;
    }
    let found = vault.identity().await?.ok_or(Stranger::Keys)?;
    if store.remember("keys", &found).await? != found {
        return Err(Stranger::Keys);
    }
    let digest = secrets.digest(IDENTITY, b"");
    if store.remember("secrets", &digest).await? != digest {
        return Err(Stranger::Secrets);
    }
    Ok(name(&found))
}

/// The store's own name; nothing if it was never served.
///
/// # Errors
/// The store is away.
pub async fn name_of(store: &dyn Remembers) -> Result<Option<String>, Unavailable> {
    Ok(store.recall("keys").await?.map(|identity| name(&identity)))
}

fn name(identity: &[u8]) -> String {
    identity.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn new() -> Result<Digest, Unavailable> {
    let mut identity = [0; 32];
    getrandom::fill(&mut identity).map_err(|error| Unavailable(error.to_string()))?;
    Ok(identity)
}
