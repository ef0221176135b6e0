//! The notices of processes that do not reach Redis.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::Unavailable;
use uuid::Uuid;

use super::PostgresEventStore;
use crate::adapters::notice::Notice;

/// Those of processes that are long gone go with the next one that is put up.
const PUT_UP: &str = "WITH gone AS (DELETE FROM cut_off WHERE until < clock_timestamp())
    INSERT INTO cut_off (process, until) VALUES ($1, clock_timestamp() + make_interval(secs => $2))
    ON CONFLICT (process) DO UPDATE SET until = excluded.until";
const TAKE_DOWN: &str = "DELETE FROM cut_off WHERE process = $1";
const IS_UP: &str = "SELECT FROM cut_off WHERE until > clock_timestamp() LIMIT 1";

/// The notice of one process, and those of the others.
pub struct PostgresNotice {
    store: Arc<PostgresEventStore>,
    process: Uuid,
}

impl PostgresNotice {
    /// In `store`.
    #[must_use]
    pub fn new(store: Arc<PostgresEventStore>) -> Self {
        Self { store, process: Uuid::now_v7() }
    }
}

#[async_trait]
impl Notice for PostgresNotice {
    async fn put_up(&self, lasts: Duration) -> Result<(), Unavailable> {
        self.store.one(sqlx::query(PUT_UP).bind(self.process).bind(lasts.as_secs_f64())).await.map(|_| ())
    }

    async fn take_down(&self) -> Result<(), Unavailable> {
        self.store.one(sqlx::query(TAKE_DOWN).bind(self.process)).await.map(|_| ())
    }

    async fn is_up(&self) -> Result<bool, Unavailable> {
        Ok(self.store.one(sqlx::query(IS_UP)).await?.is_some())
    }
}
