//! Connections: each with bounds on what it may make others wait for.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::OpenError;

/// Connections of one process, besides the one that appends.
const MOST: u32 = 10;
/// How long one is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where `url` leads. A statement ends after 5 s, a lock is waited for 4 s, and nobody keeps a transaction open.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url)?.application_name("bigtech-chat");
    Ok(options.options([
        ("statement_timeout", "5s"),
        ("lock_timeout", "4s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("synchronous_commit", "on"),
    ]))
}

/// Connections that are opened as they are needed.
pub(super) fn pool(options: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(MOST).acquire_timeout(PATIENCE).connect_lazy_with(options.clone())
}
