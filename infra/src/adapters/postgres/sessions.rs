//! Sessions on PostgreSQL, beside the events.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::ports::{NewSession, Rotation, Session, Sessions, Unavailable};
use domain::{SessionId, Timestamp, UserId};
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};
use tokio::time::{MissedTickBehavior, interval};

use super::failure::away;
use super::rows::damaged;
use super::{PostgresEventStore, Statement};
use crate::adapters::accounts::{ACCESS_LIFE, EndedSessions};

/// A session that is not used for so long is over.
const IDLE_LIFE_MS: i64 = 30 * 24 * 3600 * 1000;
/// So long a refresh token may be used again: its reply may have been lost.
const LOST_REPLY_MS: i64 = 30_000;
/// The sessions that one user can have at once: with one more, that which was not used for the longest time ends.
const MOST: i64 = 100;
/// How often those that are over are forgotten.
const PERIOD: Duration = Duration::from_secs(3600);

/// Ends sessions and tells all processes, in one statement.
macro_rules! ending {
    ($condition:literal) => {
        concat!(
            "WITH ended AS (
                UPDATE sessions SET ended_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
                WHERE ended_at IS NULL AND ",
            $condition,
            " RETURNING id)
            SELECT id, pg_notify('chat_sessions', id::text) FROM ended"
        )
    };
}

/// The sessions of everybody.
pub struct PostgresSessions {
    store: Arc<PostgresEventStore>,
    ended: Arc<EndedSessions>,
}

impl PostgresSessions {
    /// The sessions in `store`; those that end are noted in `ended` too.
    #[must_use]
    pub const fn new(store: Arc<PostgresEventStore>, ended: Arc<EndedSessions>) -> Self {
        Self { store, ended }
    }

    /// Ends what `query` names, and tells everybody; also when whoever asked does not wait for it.
    async fn ending(&self, query: &'static str, user: UserId, other: Option<SessionId>) -> Result<bool, Unavailable> {
        let (store, ended) = (self.store.clone(), self.ended.clone());
        let ending = tokio::spawn(async move {
            let query = match other {
                Some(session) => sqlx::query(query).bind(user.0).bind(session.0),
                None => sqlx::query(query).bind(user.0).bind(MOST),
            };
            end(&store, &ended, query).await.map(|ended| !ended.is_empty())
        });
        ending.await.map_err(|error| Unavailable(error.to_string()))?
    }

    /// What an older token means: a lost reply, or a theft.
    async fn used_again(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable> {
        let query = "SELECT user_id, generation, rotated_at FROM sessions
            WHERE id = $1 AND ended_at IS NULL AND last_used_at > $2";
        let query = sqlx::query(query).bind(session.0).bind(now.0 - IDLE_LIFE_MS);
        let Some(row) = self.store.one(query).await? else { return Ok(Rotation::Unknown) };
        let (user, newest) = goes(&row).map_err(|error| away(&error))?;
        let rotated_at = row.try_get::<i64, _>(2).map_err(|error| away(&error))?;
        if generation.checked_add(1) == Some(newest) && now.0 - rotated_at <= LOST_REPLY_MS {
            return Ok(Rotation::Goes { user, generation: newest });
        }
        self.end(user, session).await?;
        Ok(Rotation::Reused)
    }
}

#[async_trait]
impl Sessions for PostgresSessions {
    async fn open(&self, session: NewSession) -> Result<(), Unavailable> {
        let query = "INSERT INTO sessions (id, user_id, created_at, last_used_at, user_agent, generation, rotated_at)
            VALUES ($1, $2, $3, $3, $4, 0, $3)";
        let query = sqlx::query(query).bind(session.id.0).bind(session.user.0).bind(session.created_at.0);
        self.store.one(query.bind(session.user_agent)).await?;
        let surplus = ending!(
            "user_id = $1 AND id IN (SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL
                ORDER BY last_used_at DESC, id DESC OFFSET $2)"
        );
        self.ending(surplus, session.user, None).await.map(|_| ())
    }

    async fn rotate(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable> {
        let query = "UPDATE sessions SET generation = generation + 1, rotated_at = $1, last_used_at = $1
            WHERE id = $2 AND generation = $3 AND ended_at IS NULL AND last_used_at > $4 RETURNING user_id, generation";
        let query = sqlx::query(query).bind(now.0).bind(session.0).bind(i64::from(generation));
        match self.store.one(query.bind(now.0 - IDLE_LIFE_MS)).await? {
            Some(row) => {
                let (user, generation) = goes(&row).map_err(|error| away(&error))?;
                Ok(Rotation::Goes { user, generation })
            }
            None => self.used_again(session, generation, now).await,
        }
    }

    async fn list(&self, user: UserId) -> Result<Vec<Session>, Unavailable> {
        let query = "SELECT id, created_at, last_used_at, user_agent FROM sessions
            WHERE user_id = $1 AND ended_at IS NULL
              AND last_used_at > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $2
            ORDER BY created_at DESC, id DESC LIMIT $3";
        let query = sqlx::query(query).bind(user.0).bind(IDLE_LIFE_MS).bind(MOST);
        let rows = self.store.all(query).await?;
        rows.iter().map(|row| listed(user, row)).collect::<Result<_, _>>().map_err(|error| away(&error))
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Unavailable> {
        self.ending(ending!("user_id = $1 AND id = $2"), user, Some(session)).await
    }

    async fn end_all(&self, user: UserId) -> Result<Vec<SessionId>, Unavailable> {
        // Those that have ended before are told once more: with the account they end in the store.
        let query = "WITH ended AS (
                UPDATE sessions SET user_agent = NULL,
                    ended_at = coalesce(ended_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                WHERE user_id = $1 RETURNING id)
            SELECT id, pg_notify('chat_sessions', id::text) FROM ended";
        end(&self.store, &self.ended, sqlx::query(query).bind(user.0)).await
    }

    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<(), Unavailable> {
        self.ending(ending!("user_id = $1 AND id <> $2"), user, Some(keep)).await.map(|_| ())
    }
}

fn goes(row: &PgRow) -> Result<(UserId, u32), Error> {
    Ok((UserId(row.try_get(0)?), row.try_get::<i64, _>(1)?.try_into().map_err(damaged)?))
}

fn listed(user: UserId, row: &PgRow) -> Result<Session, Error> {
    Ok(Session {
        id: SessionId(row.try_get(0)?),
        user,
        created_at: Timestamp(row.try_get(1)?),
        last_used_at: Timestamp(row.try_get(2)?),
        user_agent: row.try_get(3)?,
    })
}

async fn end(
    store: &PostgresEventStore,
    ended: &EndedSessions,
    query: Statement<'_>,
) -> Result<Vec<SessionId>, Unavailable> {
    let id = |row: &PgRow| row.try_get(0).map(SessionId).map_err(|error| away(&error));
    let sessions: Vec<_> = store.all(query).await?.iter().map(id).collect::<Result<_, _>>()?;
    sessions.iter().for_each(|session| ended.add(*session, Duration::ZERO));
    Ok(sessions)
}

/// Forgets the sessions of `store` that are over for as long as it is polled. One that was ended is kept for as long as its
/// access tokens would have lived.
pub async fn forget_sessions(store: Arc<PostgresEventStore>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let access_life_ms = i64::try_from(ACCESS_LIFE.as_millis()).unwrap_or(i64::MAX);
    loop {
        ticks.tick().await;
        let query =
            "DELETE FROM sessions USING (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) clock
            WHERE ended_at < now - $1 OR last_used_at < now - $2";
        if let Err(why) = store.one(sqlx::query(query).bind(access_life_ms).bind(IDLE_LIFE_MS)).await {
            tracing::warn!(%why, "sessions that are over were not forgotten");
        }
    }
}
