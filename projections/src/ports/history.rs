//! Reading one stream for an audit.

use async_trait::async_trait;
use domain::stored::Raw;
use domain::{Envelope, HasPersonal, Place, StreamId, Version};

use super::Unavailable;

/// Reading a stream as it is stored.
#[async_trait]
pub trait History: Send + Sync {
    /// At most `limit` events of `stream` after `version`, in order.
    async fn page(&self, stream: StreamId, after: Version, limit: u32) -> Result<Vec<Envelope<Raw>>, Unavailable>;
}

/// Opening what is sealed.
#[async_trait]
pub trait Opening: Send + Sync {
    /// Opens every sealed field, bound to `place`; what has no key any more becomes erased.
    async fn open(&self, place: Place, fields: &mut dyn HasPersonal) -> Result<(), Unavailable>;
}
