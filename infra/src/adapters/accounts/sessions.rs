//! Sessions on SQLite, in the event store's file and through its writer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{NewSession, Rotation, Session, Sessions, Unavailable};
use domain::{SessionId, Timestamp, UserId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::{ACCESS_LIFE, EndedSessions};
use crate::adapters::event_store::SqliteEventStore;

/// A session that is not used for so long is over.
const IDLE_LIFE_MS: i64 = 30 * 24 * 3600 * 1000;
/// So long a refresh token may be used again: its reply may have been lost.
const LOST_REPLY_MS: i64 = 30_000;

/// The sessions that one user can have at once: with one more, that which was not used for the longest time ends.
const MOST: i64 = 100;
/// How often those that are over are forgotten.
const PERIOD: Duration = Duration::from_secs(3600);
const SURPLUS: &str = "user_id = ?1 AND id IN (
    SELECT id FROM sessions WHERE user_id = ?2 AND ended_at IS NULL ORDER BY last_used_at DESC, id DESC LIMIT -1 OFFSET 100)";

/// The sessions of everybody.
pub struct SqliteSessions {
    store: Arc<SqliteEventStore>,
    ended: Arc<EndedSessions>,
}

impl SqliteSessions {
    /// The sessions in `store`; `ended` is brought up to date with those that are over.
    ///
    /// # Errors
    /// The store is away.
    pub async fn open(
        store: Arc<SqliteEventStore>,
        ended: Arc<EndedSessions>,
        now: Timestamp,
    ) -> Result<Self, Unavailable> {
        let since = now.0 - i64::try_from(ACCESS_LIFE.as_millis()).unwrap_or(i64::MAX);
        let query = sqlx::query("SELECT id, ended_at FROM sessions WHERE ended_at > ?").bind(since);
        for row in store.all(query).await? {
            let ago = now.0 - row.try_get::<i64, _>(1).map_err(away)?;
            let ago = Duration::from_millis(u64::try_from(ago).unwrap_or(0));
            ended.add(SessionId(row.try_get::<Uuid, _>(0).map_err(away)?), ago);
        }
        Ok(Self { store, ended })
    }

    /// Ends what `condition` names, and tells everybody; also when whoever asked does not wait for it.
    async fn end_where(&self, condition: &'static str, ids: [Uuid; 2]) -> Result<bool, Unavailable> {
        let (store, ended) = (self.store.clone(), self.ended.clone());
        let ending = tokio::spawn(async move { end_where(&store, &ended, condition, ids).await });
        ending.await.map_err(|error| Unavailable(error.to_string()))?
    }

    /// What an older token means: a lost reply, or a theft.
    async fn used_again(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable> {
        let query = "SELECT user_id, generation, rotated_at FROM sessions
            WHERE id = ? AND ended_at IS NULL AND last_used_at > ?";
        let query = sqlx::query(query).bind(session.0).bind(now.0 - IDLE_LIFE_MS);
        let Some(row) = self.store.one(query).await? else { return Ok(Rotation::Unknown) };
        let user = UserId(row.try_get(0).map_err(away)?);
        let (newest, rotated_at): (u32, i64) = (row.try_get(1).map_err(away)?, row.try_get(2).map_err(away)?);
        if generation.checked_add(1) == Some(newest) && now.0 - rotated_at <= LOST_REPLY_MS {
            return Ok(Rotation::Goes { user, generation: newest });
        }
        self.end(user, session).await?;
        Ok(Rotation::Reused)
    }
}

#[async_trait]
impl Sessions for SqliteSessions {
    async fn open(&self, session: NewSession) -> Result<(), Unavailable> {
        let query = "INSERT INTO sessions (id, user_id, created_at, last_used_at, user_agent, generation, rotated_at)
            VALUES (?1, ?2, ?3, ?3, ?4, 0, ?3)";
        let query = sqlx::query(query).bind(session.id.0).bind(session.user.0).bind(session.created_at.0);
        self.store.change(query.bind(session.user_agent)).await?;
        let open = sqlx::query("SELECT count(*) FROM sessions WHERE user_id = ? AND ended_at IS NULL");
        let open = self.store.one(open.bind(session.user.0)).await?.map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        if open.map_err(away)? > MOST {
            self.end_where(SURPLUS, [session.user.0, session.user.0]).await?;
        }
        Ok(())
    }

    async fn rotate(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable> {
        let query = "UPDATE sessions SET generation = generation + 1, rotated_at = ?1, last_used_at = ?1
            WHERE id = ?2 AND generation = ?3 AND ended_at IS NULL AND last_used_at > ?4 RETURNING user_id, generation";
        let query = sqlx::query(query).bind(now.0).bind(session.0).bind(generation).bind(now.0 - IDLE_LIFE_MS);
        match self.store.change(query).await?.first() {
            Some(row) => Ok(Rotation::Goes {
                user: UserId(row.try_get(0).map_err(away)?),
                generation: row.try_get(1).map_err(away)?,
            }),
            None => self.used_again(session, generation, now).await,
        }
    }

    async fn list(&self, user: UserId) -> Result<Vec<Session>, Unavailable> {
        let query = "SELECT id, created_at, last_used_at, user_agent FROM sessions
            WHERE user_id = ? AND ended_at IS NULL AND last_used_at > (unixepoch() * 1000 - ?)
            ORDER BY created_at DESC, id DESC";
        let rows = self.store.all(sqlx::query(query).bind(user.0).bind(IDLE_LIFE_MS)).await?;
        let session = |row: &SqliteRow| {
            Ok(Session {
                id: SessionId(row.try_get(0)?),
                user,
                created_at: Timestamp(row.try_get(1)?),
                last_used_at: Timestamp(row.try_get(2)?),
                user_agent: row.try_get(3)?,
            })
        };
        rows.iter().map(session).collect::<Result<_, sqlx::Error>>().map_err(away)
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Unavailable> {
        self.end_where("user_id = ? AND id = ?", [user.0, session.0]).await
    }

    async fn end_all(&self, user: UserId) -> Result<Vec<SessionId>, Unavailable> {
        // Those that have ended before are told once more: with the account they end in the store, where nobody here hears of it.
        let query = "UPDATE sessions SET ended_at = coalesce(ended_at, unixepoch() * 1000), user_agent = NULL
            WHERE user_id = ? RETURNING id";
        let rows = self.store.change(sqlx::query(query).bind(user.0)).await?;
        let id = |row: &SqliteRow| row.try_get(0).map(SessionId).map_err(away);
        self.store.note_erasure();
        let sessions: Vec<_> = rows.iter().map(id).collect::<Result<_, _>>()?;
        sessions.iter().for_each(|session| self.ended.add(*session, Duration::ZERO));
        Ok(sessions)
    }

    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<(), Unavailable> {
        self.end_where("user_id = ? AND id <> ?", [user.0, keep.0]).await.map(|_| ())
    }
}

/// Forgets the sessions of `store` that are over for as long as it is polled. One that was ended is kept for as long as its
/// access tokens would have lived.
pub async fn forget_sessions(store: Arc<SqliteEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let access_life_ms = i64::try_from(ACCESS_LIFE.as_millis()).unwrap_or(i64::MAX);
    loop {
        ticks.tick().await;
        let query = "DELETE FROM sessions
            WHERE ended_at < unixepoch() * 1000 - ?1 OR last_used_at < unixepoch() * 1000 - ?2";
        if let Err(why) = store.change(sqlx::query(query).bind(access_life_ms).bind(IDLE_LIFE_MS)).await {
            tracing::warn!(%why, "sessions that are over were not forgotten");
        }
    }
}

async fn end_where(
    store: &SqliteEventStore,
    ended: &EndedSessions,
    condition: &str,
    ids: [Uuid; 2],
) -> Result<bool, Unavailable> {
    let query = format!(
        "UPDATE sessions SET ended_at = unixepoch() * 1000 WHERE ended_at IS NULL AND {condition} RETURNING id"
    );
    let rows = store.change(sqlx::query(&query).bind(ids[0]).bind(ids[1])).await?;
    for row in &rows {
        ended.add(SessionId(row.try_get::<Uuid, _>(0).map_err(away)?), Duration::ZERO);
    }
    Ok(!rows.is_empty())
}

fn away(error: sqlx::Error) -> Unavailable {
    Unavailable(error.to_string())
}
