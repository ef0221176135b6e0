//! Profile images: what is made of an upload, and where it lies.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use domain::UserId;
use domain::user::{ImageFormat, ImageName};
use futures::stream::BoxStream;

use super::Unavailable;

/// An image in all its sizes, with nothing of what was uploaded but what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub format: ImageFormat,
    /// In the order of [`domain::user::ImageSize::ALL`].
    pub sizes: [Bytes; 3],
}

/// Why no picture is made of an upload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("it is no PNG, JPEG or WebP")]
    NoImage,
    #[error("it has more than {0} pixels a side")]
    TooManyPixels(u32),
    #[error("it can not be decoded")]
    Damaged,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Making pictures of uploads, on a bounded pool.
#[async_trait]
pub trait Pictures: Send + Sync {
    /// Decodes `upload`, which is what its content says and not what it is called, turns it upright and encodes it anew; the same
    /// upload always gives the same picture.
    async fn read(&self, upload: Bytes) -> Result<Picture, Unfit>;
}

/// Keeping profile images, giving them back, and taking them away.
#[async_trait]
pub trait Images: Send + Sync {
    /// Keeps all sizes of `picture` under `name`. Durable when it returns; the same again changes nothing.
    async fn keep(&self, name: &ImageName, picture: &Picture) -> Result<(), Unavailable>;

    /// An image in its full size; `None` when it is not kept any more.
    async fn load(&self, name: &ImageName) -> Result<Option<Bytes>, Unavailable>;

    /// The names of all images that are kept. Those of one person come together, and one may come more than once.
    fn all(&self) -> BoxStream<'_, Result<ImageName, Unavailable>>;

    /// Takes all sizes of an image away, as far as they are there.
    async fn remove(&self, name: &ImageName) -> Result<(), Unavailable>;
}

/// Which images are shown.
#[async_trait]
pub trait Shown: Send + Sync {
    /// The images of those of `users` who have one, as the read model has it now: it may be behind.
    async fn images(&self, users: &[UserId]) -> Result<HashMap<UserId, ImageName>, Unavailable>;
}
