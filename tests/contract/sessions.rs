//! Sessions: refreshing them, and their end.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use command_side::ports::{NewSession, Rotation, Sessions};
use domain::{SessionId, Timestamp, UserId};
use futures::FutureExt as _;
use futures::future::join_all;
use query_side::ports::Sessions as Endings;
use tokio::time::timeout;
use uuid::Uuid;

use super::given::somebody;

/// Fresh sessions, and how their end is learnt.
pub(super) struct Logins {
    pub(super) sessions: Arc<dyn Sessions>,
    pub(super) endings: Arc<dyn Endings>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Logins:
    the_newest_token_goes_on_with_the_next_generation,
    a_lost_reply_gets_the_same_successor_for_thirty_seconds,
    a_token_used_again_later_ends_the_session,
    a_token_used_again_after_its_successor_ends_the_session,
    two_at_once_get_the_same_successor,
    what_is_unknown_or_over_is_unknown,
    a_session_unused_for_thirty_days_is_over,
    sessions_are_listed_newest_first_as_they_are,
    only_its_own_user_ends_a_session,
    all_others_end_and_one_is_kept,
    all_end_and_those_that_were_over_are_told_once_more,
    the_one_unused_for_longest_ends_when_there_are_more_than_a_hundred,
    whoever_listens_learns_of_every_end,
    an_end_that_nobody_waits_for_is_carried_out_and_learnt_all_the_same,
);

const SECOND: i64 = 1000;
const DAY: i64 = 24 * 3600 * SECOND;

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("not that late"))
}

fn later(millis: i64) -> Timestamp {
    Timestamp(now().0 + millis)
}

impl Logins {
    async fn open(&self, user: UserId, created_at: Timestamp) -> SessionId {
        let id = SessionId(Uuid::now_v7());
        let session = NewSession { id, user, created_at, user_agent: Some("a test".to_owned()) };
        self.sessions.open(session).await.expect("the store is there");
        id
    }

    async fn rotate(&self, session: SessionId, generation: u32, at: Timestamp) -> Rotation {
        self.sessions.rotate(session, generation, at).await.expect("the store is there")
    }

    async fn listed(&self, user: UserId) -> Vec<SessionId> {
        let sessions = self.sessions.list(user).await.expect("the store is there");
        sessions.into_iter().map(|session| session.id).collect()
    }
}

async fn the_newest_token_goes_on_with_the_next_generation(logins: Logins) {
    let user = somebody();
    let session = logins.open(user, now()).await;
    for generation in 0..3 {
        let rotation = logins.rotate(session, generation, later(generation.into())).await;
        assert_eq!(rotation, Rotation::Goes { user, generation: generation + 1 });
    }
}

async fn a_lost_reply_gets_the_same_successor_for_thirty_seconds(logins: Logins) {
    let user = somebody();
    let session = logins.open(user, now()).await;
    let first = now();
    for millis in [0, SECOND, 30 * SECOND] {
        let rotation = logins.rotate(session, 0, Timestamp(first.0 + millis)).await;
        assert_eq!(rotation, Rotation::Goes { user, generation: 1 }, "{millis}");
    }
    assert_eq!(logins.rotate(session, 1, later(40 * SECOND)).await, Rotation::Goes { user, generation: 2 });
}

async fn a_token_used_again_later_ends_the_session(logins: Logins) {
    let session = logins.open(somebody(), now()).await;
    let first = now();
    logins.rotate(session, 0, first).await;
    assert_eq!(logins.rotate(session, 0, Timestamp(first.0 + 30 * SECOND + 1)).await, Rotation::Reused);
    assert!(logins.endings.is_ended(session));
    assert_eq!(logins.rotate(session, 1, later(31 * SECOND)).await, Rotation::Unknown);
}

async fn a_token_used_again_after_its_successor_ends_the_session(logins: Logins) {
    let session = logins.open(somebody(), now()).await;
    logins.rotate(session, 0, now()).await;
    logins.rotate(session, 1, now()).await;
    assert_eq!(logins.rotate(session, 0, now()).await, Rotation::Reused);
    assert!(logins.endings.is_ended(session));
}

async fn two_at_once_get_the_same_successor(logins: Logins) {
    let user = somebody();
    let session = logins.open(user, now()).await;
    for generation in 0..10 {
        let at_once = join_all((0..8).map(|_| logins.rotate(session, generation, now()))).await;
        let successor = Rotation::Goes { user, generation: generation + 1 };
        assert!(at_once.iter().all(|rotation| *rotation == successor), "{at_once:?}");
    }
}

async fn what_is_unknown_or_over_is_unknown(logins: Logins) {
    let user = somebody();
    assert_eq!(logins.rotate(SessionId(Uuid::now_v7()), 0, now()).await, Rotation::Unknown);
    let session = logins.open(user, now()).await;
    assert_eq!(logins.sessions.end(user, session).await, Ok(true));
    assert_eq!(logins.rotate(session, 0, now()).await, Rotation::Unknown);
    assert_eq!(logins.sessions.end(user, session).await, Ok(false), "it was over already");
}

async fn a_session_unused_for_thirty_days_is_over(logins: Logins) {
    let user = somebody();
    let (idle, kept) = (logins.open(user, later(-31 * DAY)).await, logins.open(user, later(-29 * DAY)).await);
    assert_eq!(logins.listed(user).await, [kept]);
    assert_eq!(logins.rotate(idle, 0, now()).await, Rotation::Unknown);
    assert_eq!(logins.rotate(kept, 0, now()).await, Rotation::Goes { user, generation: 1 });
    // Being used keeps it.
    assert_eq!(logins.rotate(kept, 1, later(29 * DAY)).await, Rotation::Goes { user, generation: 2 });
}

async fn sessions_are_listed_newest_first_as_they_are(logins: Logins) {
    let (user, other) = (somebody(), somebody());
    let (first, second) = (logins.open(user, later(-5 * SECOND)).await, logins.open(user, later(-SECOND)).await);
    logins.open(other, now()).await;
    let used_at = now();
    logins.rotate(first, 0, used_at).await;
    let sessions = logins.sessions.list(user).await.expect("the store is there");
    assert_eq!(sessions.iter().map(|session| session.id).collect::<Vec<_>>(), [second, first]);
    let listed = &sessions[1];
    assert_eq!((listed.user, listed.last_used_at, listed.user_agent.as_deref()), (user, used_at, Some("a test")));
    assert!(listed.created_at < used_at);
}

async fn only_its_own_user_ends_a_session(logins: Logins) {
    let (user, other) = (somebody(), somebody());
    let session = logins.open(user, now()).await;
    assert_eq!(logins.sessions.end(other, session).await, Ok(false));
    assert!(!logins.endings.is_ended(session));
    assert_eq!(logins.sessions.end(user, session).await, Ok(true));
    assert!(logins.endings.is_ended(session));
    assert!(logins.listed(user).await.is_empty());
}

async fn all_others_end_and_one_is_kept(logins: Logins) {
    let (user, other) = (somebody(), somebody());
    let (kept, ended, elses) =
        (logins.open(user, now()).await, logins.open(user, now()).await, logins.open(other, now()).await);
    assert_eq!(logins.sessions.end_others(user, kept).await, Ok(()));
    assert_eq!((logins.listed(user).await, logins.listed(other).await), (vec![kept], vec![elses]));
    assert!(logins.endings.is_ended(ended) && !logins.endings.is_ended(kept) && !logins.endings.is_ended(elses));
}

async fn whoever_listens_learns_of_every_end(logins: Logins) {
    let user = somebody();
    let sessions = [logins.open(user, now()).await, logins.open(user, now()).await, logins.open(user, now()).await];
    let mut endings = logins.endings.endings();
    logins.sessions.end(user, sessions[0]).await.expect("the store is there");
    logins.sessions.end_others(user, sessions[1]).await.expect("the store is there");
    assert_eq!(endings.try_recv(), Ok(sessions[0]));
    assert_eq!(endings.try_recv(), Ok(sessions[2]));
    assert!(endings.try_recv().is_err(), "nothing else ended");
}

async fn the_one_unused_for_longest_ends_when_there_are_more_than_a_hundred(logins: Logins) {
    let user = somebody();
    let others = logins.open(somebody(), later(-DAY)).await;
    let mut opened = Vec::new();
    for number in 0..100 {
        opened.push(logins.open(user, later(number * SECOND - DAY)).await);
    }
    logins.rotate(opened[0], 0, now()).await;
    assert_eq!(logins.listed(user).await.len(), 100);
    let last = logins.open(user, now()).await;
    let listed = logins.listed(user).await;
    assert_eq!((listed.len(), listed[0]), (100, last));
    assert!(listed.contains(&opened[0]) && !listed.contains(&opened[1]));
    assert!(logins.endings.is_ended(opened[1]) && !logins.endings.is_ended(others));
}

async fn an_end_that_nobody_waits_for_is_carried_out_and_learnt_all_the_same(logins: Logins) {
    let user = somebody();
    let session = logins.open(user, now()).await;
    if logins.sessions.end(user, session).now_or_never().is_none() {
        let learnt = async {
            while !logins.endings.is_ended(session) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), learnt).await.expect("learnt in time");
    }
    assert!(logins.listed(user).await.is_empty());
}

async fn all_end_and_those_that_were_over_are_told_once_more(logins: Logins) {
    let (ann, bob) = (somebody(), somebody());
    let (one, two, others) =
        (logins.open(ann, now()).await, logins.open(ann, now()).await, logins.open(bob, now()).await);
    assert!(logins.sessions.end(ann, one).await.expect("the store is there"));
    for _ in 0..2 {
        let mut ended = logins.sessions.end_all(ann).await.expect("the store is there");
        ended.sort_unstable();
        assert_eq!(ended, [one.min(two), one.max(two)]);
    }
    assert_eq!(logins.sessions.list(ann).await.expect("the store is there"), []);
    assert_eq!(logins.rotate(two, 0, now()).await, Rotation::Unknown);
    assert_eq!(logins.sessions.list(bob).await.expect("the store is there").len(), 1);
    timeout(Duration::from_secs(5), async {
        while !(logins.endings.is_ended(one) && logins.endings.is_ended(two)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("they are learnt");
    assert!(!logins.endings.is_ended(others));
}
