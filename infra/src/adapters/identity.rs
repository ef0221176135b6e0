//! Whether event store, keys and secrets belong together. Each is made when it is missing: a server that lost one of them would
//! begin anew beside the others, and whatever it wrote then would fit neither.

use async_trait::async_trait;
use command_side::ports::{Digest, Digests as _, Unavailable};

use super::event_store::SqliteEventStore;
use super::postgres::PostgresEventStore;
use super::vault::KeyVault;
use super::vault::secrets::Secrets;

/// Which part is not that of the others, or why none can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    #[error(
        "events.db is missing or another's (distributed: the database event_store): the keys are of people whom it does not know; put it back"
    )]
    Events,
    #[error(
        "keys.db is missing or another's (distributed: the database keys): what the event store holds could not be read any more; put it back"
    )]
    Keys,
    #[error("secrets/digest.key is missing or another's: nobody of the event store could log in any more; put it back")]
    Secrets,
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

/// Checks the parts that are about to be served; new ones are tied together. Gives the store's own name.
///
/// # Errors
/// One of them is not that of the others.
pub async fn check(store: &dyn Remembers, vault: &KeyVault, secrets: &Secrets) -> Result<String, Stranger> {
    let identity = match (store.recall("keys").await?, vault.identity().await?) {
        (Some(known), Some(found)) if known == found => known,
        (Some(_), _) => return Err(Stranger::Keys),
        (None, Some(_)) if !vault.is_empty().await? => return Err(Stranger::Events),
        (None, Some(found)) => store.remember("keys", &found).await?,
        (None, None) => {
            // In this order: keys without a store are made out above, a store without keys is not. Of two processes that begin
            // together one is first, and the other ties the same.
            vault.identify(&new()?).await?;
            let first = vault.identity().await?.ok_or(Stranger::Keys)?;
            store.remember("keys", &first).await?
        }
    };
    if vault.identity().await?.as_ref() != Some(&identity) {
        return Err(Stranger::Keys);
    }
    let digest = secrets.digest("identity", b"");
    if store.remember("secrets", &digest).await? != digest {
        return Err(Stranger::Secrets);
    }
    Ok(name(&identity))
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
