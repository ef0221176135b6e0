//! The read models, wherever the settings say that they lie.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use projections::directory::DirectoryChange;
use projections::ports::ReadModel;
use projections::timeline::TimelineChange;
use query_side::Positions;
use query_side::ports::{Directory, Reading, Timeline};

use super::migrate::Migrate;
use super::opening::{Beside, Eventually};
use super::read_models::Live;
use super::read_models::mongo::{MongoLive, MongoTimeline};
use super::read_models::mysql::{MysqlDirectory, MysqlLive};
use super::read_models::sqlite::generations::{Generations, Model};
use super::read_models::sqlite::{Kept, LiveModel};
use crate::config::Settings;
use crate::data::DataFolder;

type Failure = Box<dyn Error + Send + Sync>;

/// One read model: how projectors write it, and how it is read.
pub struct Open<C, M: ?Sized> {
    pub writer: Arc<dyn ReadModel<C>>,
    pub reader: Arc<dyn Live<M>>,
}

pub type DirectoryModel = Open<DirectoryChange, dyn Directory>;
pub type TimelineModel = Open<TimelineChange, dyn Timeline>;

/// Both read models, each there as soon as its server answers.
pub struct Models {
    pub directory: Eventually<DirectoryModel>,
    pub timeline: Eventually<TimelineModel>,
    /// What opens them.
    pub opening: Vec<Beside>,
}

impl Models {
    /// Begins to open what the settings name, made of the event store with this `identity`; what lies in the data folder is open when
    /// this returns.
    ///
    /// # Errors
    /// A file can not be used.
    pub async fn open(settings: &Settings, identity: &str) -> Result<Self, Failure> {
        let mut opening = vec![];
        let directory = match settings.directory.scheme() {
            "sqlite" => Eventually::now(Arc::new(embedded(settings, Model::Directory).await?)),
            _ => {
                let (url, identity) = (settings.directory.url().to_owned(), identity.to_owned());
                let migrate = Migrate::of(settings);
                let (directory, beside) =
                    Eventually::open("directory", async move || on_mysql(&url, &identity, migrate).await);
                opening.push(Box::pin(beside) as Beside);
                directory
            }
        };
        let timeline = match settings.timeline.scheme() {
            "sqlite" => Eventually::now(Arc::new(embedded(settings, Model::Timeline).await?)),
            _ => {
                let (url, identity) = (settings.timeline.url().to_owned(), identity.to_owned());
                let migrate = Migrate::of(settings);
                let (timeline, beside) =
                    Eventually::open("timeline", async move || on_mongodb(&url, &identity, migrate).await);
                opening.push(Box::pin(beside) as Beside);
                timeline
            }
        };
        Ok(Self { directory, timeline, opening })
    }
}

async fn on_mysql(url: &str, identity: &str, migrate: Migrate) -> Result<Arc<DirectoryModel>, Failure> {
    let reader = MysqlDirectory::connect(url, identity, migrate).await?;
    Ok(Arc::new(Open { writer: Arc::new(MysqlLive::new(reader.clone())), reader }))
}

async fn on_mongodb(url: &str, identity: &str, migrate: Migrate) -> Result<Arc<TimelineModel>, Failure> {
    let timeline = MongoTimeline::connect(url, identity, migrate).await?;
    Ok(Arc::new(Open { writer: Arc::new(MongoLive::new(timeline.clone())), reader: timeline }))
}

async fn embedded<C: Kept, M: ?Sized>(settings: &Settings, model: Model) -> Result<Open<C, M>, Failure>
where
    Generations: Live<M>,
{
    let generations = Generations::open(&DataFolder::at(&settings.data).read_models(), model).await?;
    Ok(Open { writer: Arc::new(LiveModel::<C>::new(generations.clone())), reader: generations })
}

#[async_trait]
impl<C, M: ?Sized> Live<M> for Eventually<Open<C, M>>
where
    Open<C, M>: Send + Sync + 'static,
{
    async fn reading(&self, bound: &Positions, wait: Duration) -> Result<Reading<M>, Unavailable> {
        match self.get() {
            Some(open) => open.reader.reading(bound, wait).await,
            None => Err(Unavailable("the read model is not there yet".to_owned())),
        }
    }

    async fn check(&self) -> Result<(), String> {
        match self.get() {
            Some(open) => open.reader.check().await,
            None => Err("it has not been opened yet".to_owned()),
        }
    }
}
