//! The generations of the directory, and which of them is live.

use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::MySqlPool;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::generation::Generation;
use super::server::Server;
use super::{OpenError, registry};
use crate::adapters::migrate::Migrate;

/// How soon a switch that another process made is followed, and how often retired databases are looked for.
const LOOK: Duration = Duration::from_millis(250);

/// The directory on one server.
pub struct MysqlDirectory {
    pub(super) server: Server,
    pub(super) registry: MySqlPool,
    pub(super) live: watch::Sender<Arc<Generation>>,
}

impl MysqlDirectory {
    /// Connects to the directory at `url`, which is made of the event store with this `identity`.
    ///
    /// # Errors
    /// The server is away or refuses, the schema is not of this release, or it is made of another event store.
    pub async fn connect(url: &str, identity: &str, migrate: Migrate) -> Result<Arc<Self>, OpenError> {
        let server = Server::at(url)?;
        if migrate == Migrate::Run {
            server.create(&server.name).await?;
        }
        let mut main = server.connect(&server.name).await?;
        migrate.sql(&mut main, sqlx::migrate!("migrations/mysql_registry"), "directory").await?;
        let registry = server.pool(&server.name, 2);
        let known = registry::identify(&registry, identity).await?;
        if known != identity {
            return Err(format!(
                "this directory belongs to another event store ({known}, not {identity}): name another database"
            )
            .into());
        }
        let number = prepare(&server, &registry, migrate, &mut main).await?;
        let generation = Generation::open(&server, number);
        generation.look().await?;
        let all = Arc::new(Self { server, registry, live: watch::Sender::new(Arc::new(generation)) });
        tokio::spawn(look(Arc::downgrade(&all)));
        Ok(all)
    }

    /// The live generation.
    pub(super) fn live(&self) -> Arc<Generation> {
        self.live.borrow().clone()
    }

    /// Follows a switch that another process made, if there was one.
    pub(super) async fn follow(&self) -> Result<(), sqlx::Error> {
        let number = registry::live(&self.registry).await?;
        let Some(number) = number.filter(|number| *number != self.live().number) else { return Ok(()) };
        let generation = Generation::open(&self.server, number);
        generation.look().await?;
        let generation = Arc::new(generation);
        self.live.send_if_modified(|live| {
            let is_other = live.number != number;
            if is_other {
                *live = generation.clone();
            }
            is_other
        });
        tracing::info!(generation = number, "another generation of the directory is live");
        Ok(())
    }

    async fn drop_retired(&self) -> Result<(), sqlx::Error> {
        for number in registry::over(&self.registry).await? {
            self.server.drop(&self.server.generation(number)).await?;
            registry::forget(&self.registry, number).await?;
        }
        Ok(())
    }
}

/// The number of the live generation, made if there is none, with its tables up to date; one process at a time.
async fn prepare(
    server: &Server,
    registry: &MySqlPool,
    migrate: Migrate,
    main: &mut sqlx::mysql::MySqlConnection,
) -> Result<u64, OpenError> {
    let lock = format!("{}.prepare", server.name);
    sqlx::query("SELECT GET_LOCK(?, 30)").bind(&lock).execute(&mut *main).await?;
    let prepared = prepare_alone(server, registry, migrate).await;
    sqlx::query("SELECT RELEASE_LOCK(?)").bind(&lock).execute(main).await?;
    prepared
}

async fn prepare_alone(server: &Server, registry: &MySqlPool, migrate: Migrate) -> Result<u64, OpenError> {
    let number = match (registry::live(registry).await?, migrate) {
        (Some(number), _) => number,
        (None, Migrate::Check) => return Err("the directory is not there yet: run `bigtech-chat migrate`".into()),
        (None, Migrate::Run) => {
            let number = registry::add(registry, "building").await?;
            server.create(&server.generation(number)).await?;
            schema(server, &server.generation(number), Migrate::Run).await?;
            let mut connection = server.connect(&server.name).await?;
            registry::switch(&mut connection, &server.name, number).await?;
            return Ok(number);
        }
    };
    schema(server, &server.generation(number), migrate).await?;
    Ok(number)
}

/// Brings the tables of a database to this release's schema.
pub(super) async fn schema(server: &Server, database: &str, migrate: Migrate) -> Result<(), OpenError> {
    let mut connection = server.connect(database).await?;
    migrate.sql(&mut connection, sqlx::migrate!("migrations/mysql_directory"), "directory").await
}

/// Looks at what other processes do, as long as anybody needs the generations.
async fn look(all: Weak<MysqlDirectory>) {
    let (mut is_away, mut looked) = (false, Instant::now());
    loop {
        let Some(all) = all.upgrade() else { return };
        let mut outcome = all.live().look().await;
        if outcome.is_ok() && looked.elapsed() >= LOOK {
            looked = Instant::now();
            outcome = match all.follow().await {
                Ok(()) => all.drop_retired().await,
                Err(error) => Err(error),
            };
        }
        if let Err(error) = &outcome
            && !is_away
        {
            tracing::warn!(%error, "the directory can not be looked at");
        }
        is_away = outcome.is_err();
        let pause = if is_away { LOOK } else { all.live().pause() };
        drop(all);
        sleep(pause).await;
    }
}
