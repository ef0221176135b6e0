//! The sessions that are over but whose access tokens would still be good: every request asks.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::SessionId;
use parking_lot::RwLock;
use tokio::sync::{broadcast, watch};

use super::ACCESS_LIFE;

/// After how many endings those are forgotten that no token outlives.
const SWEEP: usize = 256;
/// How many endings a stream may miss before it asks for all of its own.
const HELD_BACK: usize = 256;

/// Ended sessions, for one access token's life.
pub struct EndedSessions {
    ended: RwLock<HashMap<SessionId, Instant>>,
    endings: broadcast::Sender<SessionId>,
    losses: watch::Sender<u64>,
}

impl Default for EndedSessions {
    fn default() -> Self {
        Self { ended: RwLock::default(), endings: broadcast::Sender::new(HELD_BACK), losses: watch::Sender::default() }
    }
}

impl EndedSessions {
    /// Notes that `session` is over, `ago`; and tells its streams. Whoever is told again, by another way, tells nobody.
    pub fn add(&self, session: SessionId, ago: Duration) {
        let now = Instant::now();
        let until = now + ACCESS_LIFE.saturating_sub(ago);
        let mut ended = self.ended.write();
        if ended.contains_key(&session) {
            return;
        }
        ended.insert(session, until);
        if ended.len().is_multiple_of(SWEEP) {
            ended.retain(|_, until| *until > now);
        }
        drop(ended);
        // Nobody may be listening.
        let _ = self.endings.send(session);
    }

    /// Says that sessions may have ended of which nothing is known here, and never will be.
    pub fn lose_track(&self) {
        self.losses.send_modify(|losses| *losses += 1);
    }
}

impl query_side::ports::Sessions for EndedSessions {
    fn is_ended(&self, session: SessionId) -> bool {
        self.ended.read().contains_key(&session)
    }

    fn endings(&self) -> broadcast::Receiver<SessionId> {
        self.endings.subscribe()
    }

    fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use query_side::ports::Sessions as _;
    use uuid::Uuid;

    use super::*;

    fn session() -> SessionId {
        SessionId(Uuid::now_v7())
    }

    #[test]
    fn an_end_is_known_at_once_and_told_to_whoever_listens() {
        let (ended, session) = (EndedSessions::default(), session());
        let mut endings = ended.endings();
        assert!(!ended.is_ended(session));
        ended.add(session, Duration::ZERO);
        assert!(ended.is_ended(session));
        assert_eq!(endings.try_recv(), Ok(session));
    }

    #[test]
    fn those_that_no_token_outlives_are_forgotten_after_a_while() {
        let (ended, lately, long_ago) = (EndedSessions::default(), session(), session());
        ended.add(long_ago, ACCESS_LIFE);
        ended.add(lately, Duration::ZERO);
        (0..SWEEP).for_each(|_| ended.add(session(), ACCESS_LIFE));
        assert!(ended.is_ended(lately));
        assert!(!ended.is_ended(long_ago));
    }
}
