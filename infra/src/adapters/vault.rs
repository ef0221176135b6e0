//! Sealing under keys in a database of their own.

mod cipher;
mod fields;
mod keys;
pub(in crate::adapters) mod private;
pub mod secrets;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::{Holder, Unavailable, Vault};
use domain::UserId;

pub use cipher::Key;
pub use fields::Broken;
pub use keys::KeyStore;

use keys::Keys;
use sqlite::SqliteKeys;

/// Why the keys can not be opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// The keys of everybody's personal data.
pub struct KeyVault {
    keys: Keys,
}

impl KeyVault {
    /// Seals under the keys in `store`.
    #[must_use]
    pub fn over(store: Box<dyn KeyStore>) -> Arc<Self> {
        Arc::new(Self { keys: Keys::new(store) })
    }

    /// Opens the file of keys at `path`, making it (mode 0600) if need be.
    ///
    /// # Errors
    /// It can not be read or written.
    pub async fn open(path: &Path) -> Result<Arc<Self>, OpenError> {
        Ok(Self::over(Box::new(SqliteKeys::open(path).await?)))
    }

    /// The file of keys at `path`, to read it beside the process that serves: nothing is made, migrated or written.
    #[must_use]
    pub fn open_beside(path: &Path) -> Arc<Self> {
        Self::over(Box::new(SqliteKeys::open_beside(path)))
    }

    /// Opens every sealed field; what has no key any more becomes erased. Those of `holders` in which a field does not open are named.
    ///
    /// # Errors
    /// The keys are away.
    pub async fn open_each(&self, holders: &mut [Holder<'_>]) -> Result<Vec<Broken>, Unavailable> {
        let subjects = fields::sealed_subjects(holders);
        let keys = self.keys.of(subjects, false).await?;
        Ok(fields::open(holders, &keys))
    }

    /// What tells which event store the keys belong to, if that is known.
    pub(in crate::adapters) async fn identity(&self) -> Result<Option<Vec<u8>>, Unavailable> {
        self.keys.store.identity().await
    }

    /// Says which event store the keys belong to, from now on.
    pub(in crate::adapters) async fn identify(&self, value: &[u8]) -> Result<(), Unavailable> {
        self.keys.store.identify(value).await
    }

    /// Whether there is no key.
    pub(in crate::adapters) async fn is_empty(&self) -> Result<bool, Unavailable> {
        self.keys.store.is_empty().await
    }

    /// Lets go of the keys.
    pub async fn close(&self) {
        self.keys.store.close().await;
    }
}

#[async_trait]
impl Vault for KeyVault {
    async fn create(&self, subject: UserId) -> Result<(), Unavailable> {
        self.keys.create(subject).await
    }

    async fn seal(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable> {
        let subjects = fields::open_subjects(holders);
        if subjects.is_empty() {
            return Ok(());
        }
        let nonces = cipher::nonces(subjects.len())?;
        let keys = self.keys.of(subjects, true).await?;
        fields::seal(holders, &keys, nonces)
    }

    async fn open(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable> {
        match self.open_each(holders).await?.into_iter().next() {
            Some(broken) => Err(Unavailable(broken.why)),
            None => Ok(()),
        }
    }
    async fn destroy(&self, subject: UserId) -> Result<(), Unavailable> {
        self.keys.destroy(subject).await
    }

    /// What is remembered of keys does not count.
    async fn holding(&self, subjects: &[UserId]) -> Result<Vec<UserId>, Unavailable> {
        Ok(self.keys.store.read(subjects).await?.into_keys().collect())
    }
}
