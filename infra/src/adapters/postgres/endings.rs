//! Learning of sessions that end in other processes: by NOTIFY, and by a read each second.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::SessionId;
use sqlx::postgres::PgListener;
use sqlx::{Error, Row as _};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::PostgresEventStore;
use super::failure::away;
use crate::adapters::accounts::{ACCESS_LIFE, EndedSessions};

/// Named in the statement that ends sessions too.
const CHANNEL: &str = "chat_sessions";
const PERIOD: Duration = Duration::from_secs(1);
/// How far each read goes back behind the last one that was carried out: longer than a statement may take to be committed.
const OVERLAP: Duration = Duration::from_secs(15);

impl PostgresEventStore {
    /// Notes in `ended` the sessions that were ended in the last `back`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn note_endings(&self, ended: &EndedSessions, back: Duration) -> Result<(), Unavailable> {
        let query = "SELECT id, now - ended_at
            FROM sessions, (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
            WHERE ended_at > now - $1";
        let back = i64::try_from(back.min(ACCESS_LIFE).as_millis()).unwrap_or(i64::MAX);
        for row in self.all(sqlx::query(query).bind(back)).await? {
            let read = || Ok((row.try_get::<Uuid, _>(0)?, row.try_get::<i64, _>(1)?));
            let (session, ago) = read().map_err(|error: Error| away(&error))?;
            ended.add(SessionId(session), Duration::from_millis(u64::try_from(ago).unwrap_or(0)));
        }
        Ok(())
    }
}

/// Follows the endings of `store` for as long as it is polled. As long as the store is away, tokens are good until they expire.
pub async fn follow_endings(store: Arc<PostgresEventStore>, ended: Arc<EndedSessions>) {
    loop {
        if let Err(reason) = follow(&store, &ended).await {
            tracing::warn!(%reason, "endings of sessions can not be followed");
        }
        sleep(PERIOD).await;
    }
}

async fn follow(store: &PostgresEventStore, ended: &EndedSessions) -> Result<(), Error> {
    let mut listener = PgListener::connect_with(store.pool()).await?;
    listener.listen(CHANNEL).await?;
    // A server that was lost may be followed by another, with another clock: then all that matters is read.
    let mut back = ACCESS_LIFE;
    loop {
        let began = Instant::now();
        let read = store.note_endings(ended, back).await;
        read.map_err(|away| Error::Protocol(away.0))?;
        while let Ok(told) = timeout(PERIOD.saturating_sub(began.elapsed()), listener.try_recv()).await {
            let Some(told) = told? else { return Ok(()) };
            if let Ok(session) = told.payload().parse() {
                ended.add(SessionId(session), Duration::ZERO);
            }
        }
        back = began.elapsed() + OVERLAP;
    }
}
