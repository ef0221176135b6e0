//! Where images lie: a folder, or a bucket of an S3-compatible store. Those of one person lie in one folder of theirs.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use command_side::ports::{Images, Picture, Unavailable};
use domain::user::{ImageName, ImageSize};
use futures::future::try_join_all;
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, once};
use object_store::path::Path as Key;
use object_store::{Error as Refused, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::sync::OnceCell;

use super::{folder, s3};
use crate::adapters::opening::NotYet;
use crate::config::Settings;

type Failure = Box<dyn Error + Send + Sync>;

/// Images in an object store.
pub struct ObjectImages(Place);

enum Place {
    /// Made when it is first needed: a process that has nothing to do with images need not be able to.
    Folder(PathBuf, OnceCell<Arc<dyn ObjectStore>>),
    Bucket(Arc<dyn ObjectStore>),
}

impl ObjectImages {
    /// The place that the settings name.
    ///
    /// # Errors
    /// It can not be one.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let is_shared = settings.images.scheme() != "folder";
        if !is_shared && settings.serves_images() && settings.event_store.scheme() != "sqlite" {
            tracing::warn!("images lie in the data folder, where other processes do not see them: set CHAT_IMAGES");
        }
        Self::at(settings.images.url(), &settings.data)
    }

    /// `folder` (`images` in the data folder), `file:///…` or `s3://…`. A folder need not be there yet.
    ///
    /// # Errors
    /// It is none of these, or a parameter has no sense.
    pub fn at(place: &str, data: &Path) -> Result<Self, Failure> {
        let folder = |path: PathBuf| Place::Folder(path, OnceCell::new());
        Ok(Self(match place.strip_prefix("file://") {
            Some(path) => folder(path.into()),
            None if place == "folder" => folder(data.join("images")),
            None => Place::Bucket(Arc::new(s3::open(place)?)),
        }))
    }

    async fn read(&self, name: &ImageName, size: ImageSize) -> Result<Option<Bytes>, Unavailable> {
        let read = async { self.store().await?.get(&key(name, size)).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Refused::NotFound { .. }) => Ok(None),
            Err(refused) => Err(away(refused)),
        }
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>, Refused> {
        match &self.0 {
            Place::Bucket(store) => Ok(store),
            Place::Folder(path, store) => {
                let path = path.clone();
                store.get_or_try_init(async || beside(move || folder::open(&path)).await).await
            }
        }
    }

    /// Does what a folder needs beside what object_store does, on a thread where it may block.
    async fn in_folder(&self, work: impl FnOnce(&Path) -> Result<(), Refused> + Send + 'static) -> Result<(), Refused> {
        match &self.0 {
            Place::Bucket(_) => Ok(()),
            Place::Folder(path, _) => {
                let path = path.clone();
                beside(move || work(&path)).await
            }
        }
    }

    /// Whether it can be used by who comes with these settings.
    ///
    /// # Errors
    /// It can not, or it is away.
    pub async fn admits(&self) -> Result<(), Failure> {
        let listed = match self.store().await {
            Ok(store) => store.list(None).next().await.transpose().map(|_| ()),
            Err(refused) => return Err(refused.into()),
        };
        listed.map_err(|refused| match refused {
            Refused::Unauthenticated { .. } | Refused::PermissionDenied { .. } | Refused::NotFound { .. } => {
                refused.into()
            }
            away => NotYet(away.to_string()).into(),
        })
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), String> {
        let asked = async { self.store().await?.head(&Key::from("ready")).await };
        match asked.await {
            Ok(_) | Err(Refused::NotFound { .. }) => Ok(()),
            Err(away) => Err(away.to_string()),
        }
    }
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refused> + Send + 'static) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work).await?
}

fn key(name: &ImageName, size: ImageSize) -> Key {
    Key::from_iter([name.user.0.simple().to_string(), name.sized(size)])
}

fn name(object: &ObjectMeta) -> Option<ImageName> {
    ImageName::parse(object.location.filename()?).ok().map(|(name, _)| name)
}

fn away(refused: Refused) -> Unavailable {
    Unavailable(format!("images: {refused}"))
}

#[async_trait]
impl Images for ObjectImages {
    async fn keep(&self, name: &ImageName, picture: &Picture) -> Result<(), Unavailable> {
        let store = self.store().await.map_err(away)?;
        let each = ImageSize::ALL.into_iter().zip(&picture.sizes);
        let kept = each.map(async |(size, bytes)| store.put(&key(name, size), bytes.clone().into()).await);
        try_join_all(kept).await.map_err(away)?;
        // A folder that another upload of theirs has made may not be durable yet.
        self.in_folder(folder::sync).await.map_err(away)
    }

    async fn load(&self, name: &ImageName) -> Result<Option<Bytes>, Unavailable> {
        self.read(name, ImageSize::Full).await
    }

    fn all(&self) -> BoxStream<'_, Result<ImageName, Unavailable>> {
        let listed = once(async {
            let store = self.store().await?;
            self.in_folder(|folder| folder::forget_drafts(folder, folder::DRAFTS_LIVE)).await?;
            Ok::<_, Refused>(store.list(None))
        });
        let listed = listed.try_flatten();
        let named = listed.try_filter_map(async |object| Ok(name(&object)));
        named.map_err(away).boxed()
    }

    async fn remove(&self, name: &ImageName) -> Result<(), Unavailable> {
        let store = self.store().await.map_err(away)?;
        for size in ImageSize::ALL {
            match store.delete(&key(name, size)).await {
                Ok(()) | Err(Refused::NotFound { .. }) => {}
                Err(refused) => return Err(away(refused)),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl query_side::ports::Images for ObjectImages {
    async fn find(&self, name: &ImageName, size: ImageSize) -> Result<Option<Bytes>, Unavailable> {
        self.read(name, size).await
    }
}
