//! The generations of the directory, and which of them is live.

use sqlx::Connection as _;
use sqlx::mysql::{MySqlConnection, MySqlPool};
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::generation::{Generation, LOOK};
use super::server::{PATIENCE, Server, within};
use super::writer::number;
use super::{OpenError, registry};
use crate::adapters::migrate::Migrate;

/// The server's own number for a database that it does not know.
const NO_SUCH_DATABASE: u16 = 1049;

/// The directory on one server.
pub struct MysqlDirectory {
    pub(super) server: Server,
    pub(super) registry: MySqlPool,
    pub(super) live: watch::Sender<Arc<Generation>>,
    /// Why the server could not be reached when that was tried last.
    pub(super) away: watch::Sender<Option<String>>,
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
        let mut main = server.connect(&server.name).await.map_err(|error| missing(error, &server.name))?;
        // One process at a time; the server lets go of the lock with the connection. That of sqlx's migrations does not hold on
        // MariaDB, which knows no lock that is waited for without end.
        take_lock(&mut main, &server.name).await?;
        migrate.sql(&mut main, sqlx::migrate!("migrations/mysql_registry"), "directory").await?;
        let registry = server.pool(&server.name, 2);
        let known = registry::identify(&registry, identity).await?;
        if known != identity {
            return Err(format!(
                "this directory belongs to another event store ({known}, not {identity}): name another database"
            )
            .into());
        }
        let number = prepare(&server, &registry, migrate).await?;
        main.close().await?;
        let generation = Generation::open(&server, number);
        generation.look().await?;
        let live = watch::Sender::new(Arc::new(generation));
        let all = Arc::new(Self { server, registry, live, away: watch::Sender::default() });
        tokio::spawn(look(Arc::downgrade(&all)));
        Ok(all)
    }

    /// The live generation.
    pub(super) fn live(&self) -> Arc<Generation> {
        self.live.borrow().clone()
    }

    /// Follows a switch that another process made, if there was one.
    pub(super) async fn follow(&self) -> Result<(), sqlx::Error> {
        let number = within(PATIENCE, registry::live(&self.registry)).await?;
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

/// A database that is not there is one that nobody has made yet.
fn missing(error: sqlx::Error, name: &str) -> OpenError {
    match number(&error) {
        Some(NO_SUCH_DATABASE) => {
            format!("the directory's database {name} is not there yet: run `bigtech-chat migrate`").into()
        }
        _ => error.into(),
    }
}

async fn take_lock(on: &mut MySqlConnection, name: &str) -> Result<(), OpenError> {
    let lock = sqlx::query_scalar::<_, Option<i64>>("SELECT GET_LOCK(?, 30)").bind(format!("{name}.prepare"));
    match lock.fetch_one(on).await? {
        Some(1) => Ok(()),
        _ => Err("another process has been preparing the directory for 30 s: look what it waits for".into()),
    }
}

/// The number of the live generation, made if there is none, with its tables up to date.
async fn prepare(server: &Server, registry: &MySqlPool, migrate: Migrate) -> Result<u64, OpenError> {
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
    let mut looked = Instant::now();
    loop {
        let Some(all) = all.upgrade() else { return };
        let outcome = look_once(&all, &mut looked).await;
        let why = outcome.err().map(|error| error.to_string());
        let is_away = why.is_some();
        let was_away = all.away.send_replace(why.clone()).is_some();
        if let Some(why) = why.filter(|_| !was_away) {
            tracing::warn!(why, "the directory can not be looked at");
        }
        let live = all.live();
        drop(all);
        if is_away { sleep(LOOK).await } else { live.pause().await }
    }
}

async fn look_once(all: &MysqlDirectory, looked: &mut Instant) -> Result<(), sqlx::Error> {
    all.live().look().await?;
    if looked.elapsed() < LOOK {
        return Ok(());
    }
    *looked = Instant::now();
    all.follow().await?;
    all.drop_retired().await
}
