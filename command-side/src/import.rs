//! Bringing over what the system before this one holds: its rows become commands, in the order in which they happened, judged by the
//! same rules and recorded at the times at which they happened. What is there already is left as it is, so an import that was ended goes
//! on when it is begun again.

mod friendships;
mod messages;
mod moments;
mod order;
mod people;
mod reads;
mod report;
mod rooms;
mod steps;
mod texts;

use std::collections::HashMap;
use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::friendship::Friendship;
use domain::read_cursor::ReadCursor;
use domain::room::Room;
use domain::user::User;
use domain::{Decide, Timestamp};

pub use order::IMPORT;
pub use report::{Kind, Report};

use crate::dispatch::{self, Appender, Dispatch, Error, Outcome};
use crate::ports::{
    Append, AppendError, AppendPast, Appended, Claims, Conflict, Digests, History, Item, Keys, Meter, Older, OlderRead,
    OlderRoom, OlderRooms, Snapshots, TimeFrom, Unavailable, Vault,
};
use steps::{Step, Steps};

/// How many aggregates of each type stay in memory.
const CACHED: usize = 10_000;

/// Where it is brought to.
pub struct Target {
    pub append: Arc<dyn AppendPast>,
    pub history: Arc<dyn History>,
    pub snapshots: Arc<dyn Snapshots>,
    pub keys: Arc<dyn Keys>,
    pub vault: Arc<dyn Vault>,
    pub claims: Arc<dyn Claims>,
    pub digests: Arc<dyn Digests>,
    pub rooms: Arc<dyn OlderRooms>,
    pub meter: Arc<dyn Meter>,
    /// When the last event of the log was recorded: what happened between two people before was brought over already.
    pub reached: Option<Timestamp>,
    /// When the import begins. Time never goes back in the log: what is said to have happened later would put all that happens until then
    /// there.
    pub began: Timestamp,
}

/// An import that is under way.
pub struct Import {
    users: Dispatch<User>,
    friendships: Dispatch<Friendship>,
    rooms: Dispatch<Room>,
    read_cursors: Dispatch<ReadCursor>,
    target: Target,
    clock: Arc<AtomicI64>,
    /// Everybody, and since when.
    people: Arc<HashMap<u64, Timestamp>>,
    /// All rooms.
    pairs: Arc<HashMap<u64, OlderRoom>>,
    /// What was read before it was said, by the clocks of then.
    early: Vec<OlderRead>,
    report: Report,
}

impl Import {
    /// Prepares to bring things to `target`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(target: Target) -> io::Result<Self> {
        let clock = Arc::new(AtomicI64::new(0));
        let store = AtTheirTimes { store: target.append.clone(), clock: clock.clone() };
        let parts = dispatch::Parts {
            history: target.history.clone(),
            snapshots: target.snapshots.clone(),
            keys: target.keys.clone(),
            vault: target.vault.clone(),
            meter: target.meter.clone(),
            appender: Appender::start(Arc::new(store), target.meter.clone())?,
        };
        Ok(Self {
            users: dispatched(&parts),
            friendships: dispatched(&parts),
            rooms: dispatched(&parts),
            read_cursors: dispatched(&parts),
            target,
            clock,
            people: Arc::default(),
            pairs: Arc::default(),
            early: vec![],
            report: Report::default(),
        })
    }

    /// Brings everything over, and tells `progress` of it from time to time.
    ///
    /// # Errors
    /// One of the two systems is away; what was brought over stays, and the rest is brought when it is begun again.
    pub async fn run(mut self, older: &dyn Older, mut progress: impl FnMut(&Report)) -> Result<Report, Unavailable> {
        let mut steps = Steps::of(older, self.target.began).await?;
        self.people = steps.moments.people.clone();
        self.pairs = steps.moments.pairs.clone();
        while let Some((at, step)) = steps.next().await? {
            self.clock.store(at.0, Ordering::Release);
            let later = self.take(at, step).await?;
            steps.put_later(later);
            progress(&self.report);
        }
        for read in std::mem::take(&mut self.early) {
            self.read(read, true).await?;
        }
        Ok(self.report)
    }

    /// Does one thing; what follows from it later.
    async fn take(&mut self, at: Timestamp, step: Step) -> Result<Vec<(Timestamp, Step)>, Unavailable> {
        match step {
            Step::User(user) => self.user(user).await.map(|()| vec![]),
            Step::Friendship(friendship) => self.friendship(at, friendship).await,
            Step::Acceptance(friendship) => self.acceptance(at, &friendship).await.map(|()| vec![]),
            Step::Ending(friendship) => self.ending(at, &friendship).await.map(|()| vec![]),
            Step::Room(room) => self.room(room).await.map(|()| vec![]),
            Step::Message(message) => self.message(at, message).await,
            Step::Edit(change) => self.edit(change).await.map(|()| vec![]),
            Step::Deletion(change) => self.deletion(change).await.map(|()| vec![]),
            Step::Read(read) => self.read(read, false).await.map(|()| vec![]),
        }
    }

    /// Whether somebody of this number was there.
    fn knows(&self, user: u64) -> bool {
        self.people.contains_key(&user)
    }

    /// Notes which of the `times` of something are others here than they were there. The first is when it was made.
    fn times(&mut self, kind: Kind, id: impl Display, from: TimeFrom, times: &[Option<Timestamp>]) {
        let is_none = times.first().copied().flatten().is_none_or(|at| at.0 <= 0);
        let is_future = times.iter().flatten().any(|at| *at > self.target.began);
        let cases = [
            (from == TimeFrom::Text, "TIME_FROM_TEXT"),
            (from == TimeFrom::Id, "TIME_FROM_ID"),
            (is_none, "NO_TIME"),
            (is_future, "FUTURE_TIME"),
        ];
        for (_, why) in cases.into_iter().filter(|(is_so, _)| *is_so) {
            self.report.mend(kind, why, &id);
        }
    }
}

/// What came of a command: whether it changed something, or why it was refused.
fn judged(answer: Result<Outcome, Error>) -> Result<Result<bool, &'static str>, Unavailable> {
    match answer {
        Ok(Outcome::Done(_)) => Ok(Ok(true)),
        Ok(Outcome::Repeated(_) | Outcome::Unchanged(_)) => Ok(Ok(false)),
        Err(Error::Refused(refusal)) => Ok(Err(refusal.code)),
        Err(Error::ClaimTaken(_)) => Ok(Err("TAKEN")),
        Err(other) => Err(Unavailable(other.to_string())),
    }
}

fn dispatched<A: Decide>(parts: &dispatch::Parts) -> Dispatch<A> {
    Dispatch::new(parts.clone(), CACHED)
}

/// A store to which everything is appended at the time at which it happened.
struct AtTheirTimes {
    store: Arc<dyn AppendPast>,
    clock: Arc<AtomicI64>,
}

#[async_trait]
impl Append for AtTheirTimes {
    async fn append(&self, batch: &[Item]) -> Result<Vec<Result<Appended, Conflict>>, AppendError> {
        self.store.append_past(batch, Timestamp(self.clock.load(Ordering::Acquire))).await
    }

    fn is_alone(&self) -> bool {
        self.store.is_alone()
    }
}
