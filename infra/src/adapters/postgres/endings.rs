//! Learning of sessions that end in other processes: by NOTIFY, and by a read each second.

use std::sync::Arc;
use std::time::Duration;

use command_side::ports::Unavailable;
use domain::SessionId;
use sqlx::postgres::PgListener;
use sqlx::{Error, Row as _};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::failure::away;
use super::{PATIENCE, PostgresEventStore};
use crate::adapters::accounts::{ACCESS_LIFE, EndedSessions};

/// Named in the statement that ends sessions too.
const CHANNEL: &str = "chat_sessions";
const PERIOD: Duration = Duration::from_secs(1);
/// How far each read goes back behind the last one that was carried out: longer than a statement may take to be committed.
const OVERLAP: Duration = Duration::from_secs(15);
/// How often those are let go who came since nothing is heard.
const AGAIN: Duration = Duration::from_secs(60);

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

/// Follows the endings of `store` for as long as it is polled. As long as the store is away, tokens are good until they expire, which
/// is after `life`. Streams have no such end: after almost as long without a word they are all let go, and come back with a token that
/// is good, or not at all.
pub async fn follow_endings(store: Arc<PostgresEventStore>, ended: Arc<EndedSessions>, life: Duration) {
    let heard = watch::Sender::new(Instant::now());
    tokio::join!(
        keep_following(&store, &ended, life, &heard),
        let_go(&ended, heard.subscribe(), life.saturating_sub(OVERLAP))
    );
}

async fn keep_following(
    store: &PostgresEventStore,
    ended: &EndedSessions,
    life: Duration,
    heard: &watch::Sender<Instant>,
) {
    loop {
        if let Err(reason) = follow(store, ended, life, heard).await {
            tracing::warn!(%reason, "endings of sessions can not be followed");
        }
        sleep(PERIOD).await;
    }
}

/// Notes in `heard` when each read began that was carried out.
async fn follow(
    store: &PostgresEventStore,
    ended: &EndedSessions,
    life: Duration,
    heard: &watch::Sender<Instant>,
) -> Result<(), Error> {
    let mut listener = timeout(PATIENCE, listening(store)).await.unwrap_or(Err(Error::PoolTimedOut))?;
    // A server that was lost may be followed by another, with another clock: then all that matters is read.
    let mut back = life;
    loop {
        let began = Instant::now();
        let read = store.note_endings(ended, back).await;
        read.map_err(|away| Error::Protocol(away.0))?;
        heard.send_replace(began);
        while let Ok(told) = timeout(PERIOD.saturating_sub(began.elapsed()), listener.try_recv()).await {
            let Some(told) = told? else { return Ok(()) };
            if let Ok(session) = told.payload().parse() {
                ended.add(SessionId(session), Duration::ZERO);
            }
        }
        back = began.elapsed() + OVERLAP;
    }
}

async fn listening(store: &PostgresEventStore) -> Result<PgListener, Error> {
    let mut listener = PgListener::connect_with(store.pool()).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Lets all streams go whenever nothing was heard for longer than `longest`: the store forgets who is out, as this process does.
async fn let_go(ended: &EndedSessions, mut heard: watch::Receiver<Instant>, longest: Duration) {
    let mut last = *heard.borrow_and_update();
    loop {
        if timeout_at(last + longest, heard.changed()).await.is_err() {
            tracing::warn!(
                "for too long nothing was heard of sessions that end: streams end, so that their clients come back"
            );
            ended.lose_track();
            // Whoever comes meanwhile may have a token that was good when its session ended, and is so for a while.
            while timeout(AGAIN, heard.changed()).await.is_err() {
                ended.lose_track();
            }
        }
        let next = *heard.borrow_and_update();
        // A process that stood still itself may find out only now.
        if next.duration_since(last) > longest {
            ended.lose_track();
        }
        last = next;
    }
}
