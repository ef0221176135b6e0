//! Closed loop: every connection sends its next request as soon as the last was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::cli;
use crate::client::connection::Connection;
use crate::clock;
use crate::error::Error;
use crate::measure::latency::Latency;
use crate::measure::tally::Tally;
use crate::measure::usage::Usage;
use crate::prepare::shots::Shot;
use crate::server::Server;

/// The longest that the last answers may take.
const LAST_ANSWERS: Duration = Duration::from_secs(15);
/// What a connection waits after a failure, so that a dead server is not hammered.
const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// How long a run lasts.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// A warm-up that does not count, then the measured time.
    Elapsed { warm_up: Duration, length: Duration },
    /// So many requests, in `limit` at the most.
    Done { count: u64, limit: Duration },
}

impl From<cli::Window> for Until {
    fn from(window: cli::Window) -> Self {
        Self::Elapsed { warm_up: clock::seconds(window.warm_up), length: clock::seconds(window.duration) }
    }
}

/// What a run reached in its measured time.
pub(crate) struct Outcome {
    /// One for each kind of request.
    pub(crate) latency: Vec<Latency>,
    pub(crate) elapsed: Duration,
    pub(crate) usage: Usage,
    pub(crate) errors: Tally,
}

impl Outcome {
    pub(crate) fn done(&self) -> u64 {
        self.latency.iter().map(Latency::count).sum()
    }

    pub(crate) fn overall(&self) -> Latency {
        let mut overall = Latency::default();
        self.latency.iter().for_each(|one| overall.merge(one));
        overall
    }

    /// Adds a later run of the same kinds.
    pub(crate) fn merge(&mut self, later: Self) {
        for (ours, theirs) in self.latency.iter_mut().zip(&later.latency) {
            ours.merge(theirs);
        }
        self.elapsed += later.elapsed;
        self.usage = self.usage.plus(later.usage);
        self.errors.merge(later.errors);
    }
}

struct Shared {
    address: SocketAddr,
    measuring: AtomicBool,
    stopped: AtomicBool,
    done: AtomicU64,
    latency: Mutex<Vec<Latency>>,
    errors: Mutex<Tally>,
}

pub(crate) async fn connect(address: SocketAddr, count: usize) -> Result<Vec<Connection>, Error> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(Connection::open(address).await?);
    }
    Ok(connections)
}

/// Fires each list of shots over a connection of its own. The connections stay open for the next run.
pub(crate) async fn drive(
    server: &Server,
    connections: &mut Vec<Connection>,
    shots: &[Vec<Shot>],
    until: Until,
) -> Result<Outcome, Error> {
    let shared = Arc::new(Shared::new(server.address(), shots));
    let mut workers = JoinSet::new();
    for (connection, shots) in connections.drain(..).zip(shots) {
        workers.spawn(work(connection, shots.clone(), Arc::clone(&shared)));
    }
    let (elapsed, usage) = shared.conduct(server, until).await?;
    let open = timeout(LAST_ANSWERS, workers.join_all()).await;
    connections.extend(open.map_err(|_| Error::TimedOut("the last answers"))?.into_iter().flatten());
    let latency = std::mem::take(&mut *shared.latency.lock());
    let errors = std::mem::take(&mut *shared.errors.lock());
    Ok(Outcome { latency, elapsed, usage, errors })
}

impl Shared {
    fn new(address: SocketAddr, shots: &[Vec<Shot>]) -> Self {
        let kinds = shots.iter().flatten().map(|shot| shot.kind + 1).max();
        Self {
            address,
            measuring: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            done: AtomicU64::new(0),
            latency: Mutex::new(vec![Latency::default(); kinds.unwrap_or(0)]),
            errors: Mutex::default(),
        }
    }

    async fn conduct(&self, server: &Server, until: Until) -> Result<(Duration, Usage), Error> {
        if let Until::Elapsed { warm_up, .. } = until {
            sleep(warm_up).await;
        }
        let (began, before) = (Instant::now(), server.usage());
        self.measuring.store(true, Relaxed);
        let result = match until {
            Until::Elapsed { length, .. } => {
                sleep(length).await;
                Ok(())
            }
            Until::Done { count, limit } => self.until_done(count, began + limit).await,
        };
        self.measuring.store(false, Relaxed);
        let measured = (began.elapsed(), server.usage().since(before));
        self.stopped.store(true, Relaxed);
        result.map(|()| measured)
    }

    async fn until_done(&self, count: u64, end: Instant) -> Result<(), Error> {
        while self.done.load(Relaxed) < count {
            if Instant::now() > end {
                return Err(Error::TimedOut("the wanted number of requests"));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn answered(&self, kind: usize, began: u64) {
        if self.measuring.load(Relaxed) {
            self.done.fetch_add(1, Relaxed);
            self.latency.lock()[kind].record(clock::now() - began);
        }
    }
}

/// Gives the connection back, unless it was lost and could not be opened again.
async fn work(mut connection: Connection, mut shots: Vec<Shot>, shared: Arc<Shared>) -> Option<Connection> {
    let count = shots.len();
    let mut next = 0;
    while !shared.stopped.load(Relaxed) && count > 0 {
        let shot = &mut shots[next % count];
        next += 1;
        let began = clock::now();
        shot.request.stamp(began);
        match connection.exchange(shot.request.bytes()).await {
            Ok(reply) if reply.status == shot.status => shared.answered(shot.kind, began),
            Ok(reply) => shared.errors.lock().refused(&reply),
            Err(error) => {
                shared.errors.lock().failed(&error);
                sleep(AFTER_FAILURE).await;
                connection = Connection::open(shared.address).await.ok()?;
            }
        }
    }
    Some(connection)
}
