//! Reading profile images.

use async_trait::async_trait;
use bytes::Bytes;
use domain::user::{ImageName, ImageSize};

use super::Unavailable;

/// The profile images that are kept.
#[async_trait]
pub trait Images: Send + Sync {
    /// An image in one of its sizes; `None` when there is no such image, or none any more.
    async fn find(&self, name: &ImageName, size: ImageSize) -> Result<Option<Bytes>, Unavailable>;
}
