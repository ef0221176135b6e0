//! The generations of one read model in a folder, and which of them is live.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::Connection as _;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::file::{self, Purpose};
pub use super::generation::Generation;
pub use super::model::Model;
use super::registry::{self, Registry};
use super::{OpenError, scratch};

/// What to do about a file that can not be opened.
const REMEDY: &str = "a read model can be deleted: it is then folded again from the events";
/// How soon a switch that another process made is followed.
const LOOK: Duration = Duration::from_millis(250);

/// The generations of one read model.
pub struct Generations {
    model: Model,
    dir: PathBuf,
    registry: Registry,
    live: watch::Sender<Arc<Generation>>,
}

impl Generations {
    /// Opens the read model in `dir`, making the folder and the first generation if need be.
    ///
    /// # Errors
    /// The folder or a file can not be read or written.
    pub async fn open(dir: &Path, model: Model) -> Result<Arc<Self>, OpenError> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let open = Registry::open(dir).await;
        let registry = open.map_err(|error| format!("{}: {error}; {REMEDY}", dir.display()))?;
        scratch::discard_left(dir, model).await;
        let number = Self::prepare(dir, model, &registry).await?;
        let generation = Generation::open(file::path(dir, model, number), number).await?;
        let live = watch::Sender::new(Arc::new(generation));
        let all = Arc::new(Self { model, dir: dir.to_owned(), registry, live });
        tokio::spawn(look(Arc::downgrade(&all)));
        Ok(all)
    }

    /// Which read model it is.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The live generation.
    #[must_use]
    pub fn live(&self) -> Arc<Generation> {
        self.live.borrow().clone()
    }

    /// The number of the live generation, made if there is none, with its tables up to date. Under the registry's lock,
    /// so that two processes do not make or migrate the same file.
    async fn prepare(dir: &Path, model: Model, registry: &Registry) -> Result<u64, OpenError> {
        let mut connection = registry.connection().await;
        let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
        let number = match registry::live(&mut all, model).await? {
            Some(number) => number,
            None => registry::add(&mut all, model, "live").await?,
        };
        let path = file::path(dir, model, number);
        let file = file::open(&path, model, Purpose::Live).await;
        let file = file.map_err(|error| format!("{}: {error}; {REMEDY}", path.display()))?;
        file.close().await?;
        all.commit().await?;
        Ok(number)
    }

    /// Follows a switch that another process made, if there was one.
    pub(super) async fn refresh(&self) -> Result<(), sqlx::Error> {
        if self.follow().await? {
            tracing::info!(model = %self.model, generation = self.live().number, "another generation is live");
        }
        Ok(())
    }

    /// Follows a switch; whether there was one.
    pub(super) async fn follow(&self) -> Result<bool, sqlx::Error> {
        let number = self.registry.live(self.model).await?;
        let Some(number) = number.filter(|number| *number != self.live.borrow().number) else { return Ok(false) };
        let generation = Generation::open(self.path(number), number).await?;
        // Two may look at the same time: what the second opened must not take the place of what others hold already.
        let is_news = |live: &mut Arc<Generation>| {
            let is_other = live.number != number;
            if is_other {
                *live = Arc::new(generation);
            }
            is_other
        };
        Ok(self.live.send_if_modified(is_news))
    }

    /// Deletes the files of those that retired long enough ago.
    pub(super) async fn drop_retired(&self) -> Result<(), sqlx::Error> {
        for number in self.registry.over(self.model).await? {
            file::remove(&self.path(number)).await;
            self.registry.forget(self.model, number).await?;
        }
        Ok(())
    }

    pub(super) fn path(&self, number: u64) -> PathBuf {
        file::path(&self.dir, self.model, number)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.registry
    }
}

/// Looks at what other processes do, as long as anybody needs the generations.
async fn look(all: Weak<Generations>) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_away = false;
    loop {
        ticks.tick().await;
        let Some(all) = all.upgrade() else { return };
        let looked = look_once(&all).await;
        if let Err(error) = &looked
            && !is_away
        {
            tracing::warn!(model = %all.model, %error, "the read model can not be looked at");
        }
        is_away = looked.is_err();
    }
}

async fn look_once(all: &Generations) -> Result<(), sqlx::Error> {
    all.refresh().await?;
    all.drop_retired().await?;
    all.live().look().await
}
