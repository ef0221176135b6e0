//! Reading the directory: statements stand next to their one use.

mod friendships;
mod inboxes;
mod people;
mod search;
mod shapes;

use sqlx::mysql::{MySql, MySqlArguments, MySqlPool, MySqlRow};
use sqlx::query::Query;
use std::time::Duration;

use crate::adapters::read_models::tables::row::away;
use command_side::ports::Unavailable;
use tokio::time::timeout;
use uuid::Uuid;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// One generation of the directory, to be read.
pub(super) struct Tables {
    pool: MySqlPool,
}

impl Tables {
    pub(super) const fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    async fn all(&self, query: Query<'_, MySql, MySqlArguments>) -> Result<Vec<MySqlRow>, Unavailable> {
        match timeout(PATIENCE, query.fetch_all(&self.pool)).await {
            Ok(rows) => rows.map_err(away),
            Err(_) => Err(Unavailable("the directory does not answer".to_owned())),
        }
    }
}

/// Placeholders for `count` ids, in a few sizes so that statements stay few; at least one.
fn marks(count: usize) -> String {
    vec!["?"; count.max(1).next_power_of_two()].join(",")
}

/// `ids`, and the last again until there are as many as [`marks`].
fn padded(ids: &[Uuid]) -> Vec<Uuid> {
    let last = ids.last().copied().unwrap_or_default();
    let missing = ids.len().max(1).next_power_of_two() - ids.len();
    ids.iter().copied().chain(std::iter::repeat_n(last, missing)).collect()
}

/// Binds ids as the server keeps them.
fn bind_ids<'q>(query: Query<'q, MySql, MySqlArguments>, ids: &[Uuid]) -> Query<'q, MySql, MySqlArguments> {
    padded(ids).into_iter().fold(query, |query, id| query.bind(id.as_bytes().to_vec()))
}
