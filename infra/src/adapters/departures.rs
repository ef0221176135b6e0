//! Sessions whose device leaves when they end.

use std::sync::Arc;

use async_trait::async_trait;
use command_side::api::Caller;
use command_side::ports::{NewSession, Rotation, Session, Sessions, Unavailable};
use domain::{SessionId, Timestamp, UserId};
use query_side::ports::Heartbeats;

/// Sessions as they are kept, and the devices that give signs of life with them. What can not be said of a device is not needed:
/// without a session it gives no more signs.
pub struct Departures {
    pub sessions: Arc<dyn Sessions>,
    pub heartbeats: Arc<dyn Heartbeats>,
}

impl Departures {
    async fn leave(&self, devices: &[Caller]) {
        if !devices.is_empty()
            && let Err(Unavailable(reason)) = self.heartbeats.leave(devices).await
        {
            tracing::debug!(reason, "devices of ended sessions look as if they were there a while longer");
        }
    }
}

#[async_trait]
impl Sessions for Departures {
    async fn open(&self, session: NewSession) -> Result<(), Unavailable> {
        self.sessions.open(session).await
    }

    async fn rotate(&self, session: SessionId, generation: u32, now: Timestamp) -> Result<Rotation, Unavailable> {
        self.sessions.rotate(session, generation, now).await
    }

    async fn list(&self, user: UserId) -> Result<Vec<Session>, Unavailable> {
        self.sessions.list(user).await
    }

    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Unavailable> {
        let ended = self.sessions.end(user, session).await?;
        if ended {
            self.leave(&[Caller { user, session }]).await;
        }
        Ok(ended)
    }

    async fn end_all(&self, user: UserId) -> Result<Vec<SessionId>, Unavailable> {
        let ended = self.sessions.end_all(user).await?;
        self.leave(&ended.iter().map(|session| Caller { user, session: *session }).collect::<Vec<_>>()).await;
        Ok(ended)
    }

    async fn end_others(&self, user: UserId, keep: SessionId) -> Result<(), Unavailable> {
        let others = self.sessions.list(user).await?.into_iter().map(|session| session.id);
        let others: Vec<_> = others.filter(|id| *id != keep).map(|session| Caller { user, session }).collect();
        self.sessions.end_others(user, keep).await?;
        self.leave(&others).await;
        Ok(())
    }
}
