//! Whether the files of a data folder belong together. Each is made when it is missing: a server that lost one of them would
//! begin anew beside the others, and whatever it wrote then would fit neither.

use command_side::ports::{Digest, Digests as _, Unavailable};

use super::event_store::SqliteEventStore;
use super::vault::KeyVault;
use super::vault::secrets::Secrets;

/// Which file is not that of the others, or why none can be asked.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    #[error("events.db is missing or another's: keys.db holds keys of people whom it does not know; put the file back")]
    Events,
    #[error("keys.db is missing or another's: what events.db holds could not be read any more; put the file back")]
    Keys,
    #[error("secrets/digest.key is missing or another's: nobody of events.db could log in any more; put the file back")]
    Secrets,
    #[error("whether the files belong together can not be told: {}", .0.0)]
    Away(Unavailable),
}

impl From<Unavailable> for Stranger {
    fn from(away: Unavailable) -> Self {
        Self::Away(away)
    }
}

/// Checks the files that are about to be served; those of a new folder are tied together. Gives the store's own name.
///
/// # Errors
/// One of them is not that of the others.
pub async fn check(store: &SqliteEventStore, vault: &KeyVault, secrets: &Secrets) -> Result<String, Stranger> {
    let identity = match (store.identity("keys").await?, vault.identity().await?) {
        (Some(known), Some(found)) if known == found => known,
        (Some(_), _) => return Err(Stranger::Keys),
        (None, Some(_)) if !vault.is_empty().await? => return Err(Stranger::Events),
        (None, Some(found)) => {
            store.identify("keys", &found).await?;
            found
        }
        (None, None) => {
            let identity = new()?;
            // In this order: keys without a store are made out above, a store without keys is not.
            vault.identify(&identity).await?;
            store.identify("keys", &identity).await?;
            identity.to_vec()
        }
    };
    let digest = secrets.digest("identity", b"");
    match store.identity("secrets").await? {
        Some(known) if known == digest => {}
        Some(_) => return Err(Stranger::Secrets),
        None => store.identify("secrets", &digest).await?,
    }
    Ok(identity.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn new() -> Result<Digest, Unavailable> {
    let mut identity = [0; 32];
    getrandom::fill(&mut identity).map_err(|error| Unavailable(error.to_string()))?;
    Ok(identity)
}
