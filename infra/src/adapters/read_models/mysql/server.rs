//! The server, and the databases on it.

use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlPool, MySqlPoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::timeout;

use super::OpenError;

/// How long a connection is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What comes of `work`, unless that takes longer than `time`.
pub(super) async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "MySQL does not answer"));
    timeout(time, work).await.map_err(late)?
}

/// Where the server is, and the name that all databases of the read model begin with.
#[derive(Clone, Debug)]
pub(super) struct Server {
    options: MySqlConnectOptions,
    pub(super) name: String,
}

impl Server {
    pub(super) fn at(url: &str) -> Result<Self, OpenError> {
        let options = MySqlConnectOptions::from_str(url)?.charset("utf8mb4").collation("utf8mb4_bin");
        let name = options.get_database().unwrap_or_default().to_owned();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.len() > 48 || !name.chars().all(is_plain) {
            return Err("the URL must name a database, of at most 48 letters, digits and underscores".into());
        }
        let options = options.statement_cache_capacity(200).disable_statement_logging();
        Ok(Self { options, name })
    }

    /// The database of a generation.
    pub(super) fn generation(&self, number: u64) -> String {
        format!("{}_g{number}", self.name)
    }

    /// The database of a verification.
    pub(super) fn scratch(&self) -> String {
        format!("{}_verify", self.name)
    }

    /// One connection to `database`.
    pub(super) async fn connect(&self, database: &str) -> Result<MySqlConnection, sqlx::Error> {
        let connecting = self.options.clone().database(database);
        within(PATIENCE, connecting.connect()).await
    }

    /// A few connections to `database`, made as they are needed.
    pub(super) fn pool(&self, database: &str, most: u32) -> MySqlPool {
        let pool = MySqlPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        pool.connect_lazy_with(self.options.clone().database(database))
    }

    /// Makes `database`, unless it is there.
    pub(super) async fn create(&self, database: &str) -> Result<(), sqlx::Error> {
        // On a server whose first database is not there yet one can not begin in it; `information_schema` always is.
        let mut connection = self.connect("information_schema").await?;
        let create = format!("CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
        connection.execute(create.as_str()).await.map(|_| ())
    }

    /// Deletes `database`, if it is there.
    pub(super) async fn drop(&self, database: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.connect("information_schema").await?;
        connection.execute(format!("DROP DATABASE IF EXISTS `{database}`").as_str()).await.map(|_| ())
    }
}
