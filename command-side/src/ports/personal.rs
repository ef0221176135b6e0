//! Sealing personal data, and digests of what must not be stored readable.

use async_trait::async_trait;
use domain::{HasPersonal, Place, UserId};

use super::{Digest, Unavailable};

/// Something with personal fields, and the place that they are bound to.
pub struct Holder<'a> {
    pub place: Place,
    pub fields: &'a mut dyn HasPersonal,
}

/// The keys under which personal data is sealed.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Makes the key of `subject`, unless there is one. Durable when it returns.
    async fn create(&self, subject: UserId) -> Result<(), Unavailable>;

    /// Seals every open field, each under its subject's key; one read of keys for all.
    async fn seal(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable>;

    /// Opens every sealed field; what has no key any more becomes erased.
    async fn open(&self, holders: &mut [Holder<'_>]) -> Result<(), Unavailable>;

    /// Destroys the key of `subject`, durably: nothing that it sealed can be read any more. Elsewhere a copy of the key may live on
    /// for a minute.
    async fn destroy(&self, subject: UserId) -> Result<(), Unavailable>;

    /// Those of `subjects` who have a key, as the keys are now.
    async fn holding(&self, subjects: &[UserId]) -> Result<Vec<UserId>, Unavailable>;
}

/// Keyed hashes, under a key that never leaves the server.
pub trait Digests: Send + Sync {
    /// The digest of `bytes` in the role of `purpose`: the same bytes in another role have another digest.
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Digest;
}
