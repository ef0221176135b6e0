//! Connections: each with bounds on what it may make others wait for.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Error};
use tokio::time::timeout;

use super::OpenError;

/// Connections of one process, besides those that append and load.
const MOST: u32 = 10;
/// Connections that load streams.
const LOADERS: u32 = 4;
/// How long one is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where `url` leads. A statement ends after 5 s, a lock is waited for 4 s, and nobody keeps a transaction open. A client that is
/// gone without a word, or takes nothing from its socket, is let go after a minute.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url)?.application_name("bigtech-chat");
    Ok(options.options([
        ("statement_timeout", "5s"),
        ("lock_timeout", "4s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("synchronous_commit", "on"),
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "60000"),
        // A plan that was made for an empty table is kept while it grows: it must go through the indexes from the beginning.
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ]))
}

/// To bring a schema up to date, which may take long. That a table is there already is no news.
pub(super) fn migrating(options: &PgConnectOptions) -> PgConnectOptions {
    let bounds = [("statement_timeout", "0"), ("lock_timeout", "60s"), ("idle_in_transaction_session_timeout", "0")];
    options.clone().options(bounds).options([("client_min_messages", "warning")]).disable_statement_logging()
}

/// One connection by itself.
pub(super) async fn open(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    timeout(PATIENCE, options.connect()).await.unwrap_or(Err(Error::PoolTimedOut))
}

/// Connections that are opened as they are needed.
pub(super) fn pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(MOST).acquire_timeout(PATIENCE).connect_lazy_with(options.clone())
}

/// Connections for postgres-es. It writes versions into its statements' text: among ours they would push the others out of the
/// cache of prepared statements.
pub(super) fn loaders(options: &PgConnectOptions) -> PgPool {
    let options = options.clone().statement_cache_capacity(4);
    PgPoolOptions::new().max_connections(LOADERS).acquire_timeout(PATIENCE).connect_lazy_with(options)
}
