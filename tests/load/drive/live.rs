//! Paced senders and the followers of their rooms, together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::board::Board;
use super::closed;
use super::paced::{Pace, Send};
use crate::cli::Window;
use crate::client::live_stream::LiveStream;
use crate::client::request::Request;
use crate::clock;
use crate::error::Error;
use crate::measure::latency::Latency;
use crate::measure::tally::Tally;
use crate::measure::usage::Usage;
use crate::prepare::people::Person;
use crate::prepare::rooms::Room;
use crate::server::Server;

const OPEN_LIMIT: Duration = Duration::from_secs(30);
const UNKNOWN_PAUSE: Duration = Duration::from_millis(50);
const OPEN_AT_A_TIME: usize = 32;
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
const LAST_ANSWERS: Duration = Duration::from_secs(15);

/// Who follows which room, by their places in the lists.
pub(crate) struct Follower {
    pub(crate) room: usize,
    pub(crate) person: usize,
}

/// The sends of a run: how many connections, and how many sends a second they make together.
pub(crate) struct Rate {
    pub(crate) senders: usize,
    pub(crate) per_second: f64,
    pub(crate) window: Window,
}

pub(crate) struct Outcome {
    /// From send to its answer.
    pub(crate) sends: Latency,
    /// From send to each delivery.
    pub(crate) deliveries: Latency,
    pub(crate) delivered: u64,
    pub(crate) lost: u64,
    pub(crate) duplicate: u64,
    pub(crate) resets: u64,
    pub(crate) elapsed: Duration,
    pub(crate) usage: Usage,
    pub(crate) errors: Tally,
}

pub(crate) async fn run(
    server: &Server,
    people: &[Person],
    rooms: &[Room],
    followers: &[Follower],
    rate: &Rate,
) -> Result<Outcome, Error> {
    let streams = open(server, people, rooms, followers).await?;
    let starts: Vec<_> = followers.iter().zip(&streams).map(|(who, (_, at))| (who.room, *at)).collect();
    let board = Arc::new(Board::new(rooms.len(), &starts));
    let mut following = JoinSet::new();
    for (nth, (stream, _)) in streams.into_iter().enumerate() {
        let board = Arc::clone(&board);
        following.spawn(async move { board.follow(nth, stream).await });
    }
    let pace = Arc::new(pace(server, &board, rate)?);
    let mut sending = send(&pace, people, rooms, rate).await?;
    sleep(clock::seconds(rate.window.warm_up)).await;
    let outcome = measure(server, &board, &pace, rate, &mut sending).await;
    following.abort_all();
    outcome
}

async fn measure(
    server: &Server,
    board: &Board,
    pace: &Pace,
    rate: &Rate,
    sending: &mut JoinSet<()>,
) -> Result<Outcome, Error> {
    let (began, before, start) = (Instant::now(), server.usage(), clock::now());
    let already = board.delivered.load(Relaxed);
    pace.measured_from.store(start, Relaxed);
    board.measure_from(start);
    sleep(clock::seconds(rate.window.duration)).await;
    let elapsed = began.elapsed();
    pace.stopped.store(true, Relaxed);
    let ended = timeout(LAST_ANSWERS, async { while sending.join_next().await.is_some() {} });
    ended.await.map_err(|_| Error::TimedOut("the last answers"))?;
    board.drained(DRAIN_LIMIT).await;
    let usage = server.usage().since(before);
    let mut errors = std::mem::take(&mut *pace.errors.lock());
    errors.merge(board.faults());
    Ok(Outcome {
        sends: pace.latency.lock().clone(),
        deliveries: board.latency(),
        delivered: board.delivered.load(Relaxed) - already,
        lost: board.lost(),
        duplicate: board.duplicate(),
        resets: board.resets(),
        elapsed,
        usage,
        errors,
    })
}

async fn open(
    server: &Server,
    people: &[Person],
    rooms: &[Room],
    followers: &[Follower],
) -> Result<Vec<(LiveStream, u64)>, Error> {
    let one = |(nth, who): (usize, &Follower)| {
        let (room, token) = (&rooms[who.room].id, &people[who.person].token);
        async move {
            let mut stream = open_known(server, nth, room, token).await?;
            let version = stream.connected().await?;
            Ok::<_, Error>((stream, version))
        }
    };
    let each = followers.iter().enumerate().map(one).collect::<Vec<_>>();
    let all = stream::iter(each).buffered(OPEN_AT_A_TIME).try_collect();
    timeout(OPEN_LIMIT, all).await.map_err(|_| Error::TimedOut("opening the streams"))?
}

/// Only who opened a room sees it from the first moment on; another does once it is read.
async fn open_known(server: &Server, nth: usize, room: &str, token: &str) -> Result<LiveStream, Error> {
    loop {
        match LiveStream::open(server.address(), nth, room, token).await {
            Err(Error::Refused { status: 404, .. }) => sleep(UNKNOWN_PAUSE).await,
            opened => return opened,
        }
    }
}

fn pace(server: &Server, board: &Arc<Board>, rate: &Rate) -> Result<Pace, Error> {
    let interval = 1e9 * rate.senders as f64 / rate.per_second;
    if !(interval >= 1.0 && interval.is_finite()) {
        return Err(Error::Setting("--rate and --connections have to be positive".to_owned()));
    }
    Ok(Pace {
        address: server.address(),
        board: Arc::clone(board),
        interval: interval as u64,
        measured_from: AtomicU64::new(u64::MAX),
        stopped: AtomicBool::new(false),
        latency: Mutex::default(),
        errors: Mutex::default(),
    })
}

async fn send(pace: &Arc<Pace>, people: &[Person], rooms: &[Room], rate: &Rate) -> Result<JoinSet<()>, Error> {
    let mut sending = JoinSet::new();
    let connections = closed::connect(pace.address, rate.senders).await?;
    let begin = clock::now();
    for (nth, connection) in connections.into_iter().enumerate() {
        let pace = Arc::clone(pace);
        let sends = sends_of(nth, people, rooms);
        let first = begin + pace.interval * nth as u64 / rate.senders as u64;
        sending.spawn(async move { pace.send(connection, sends, first).await });
    }
    Ok(sending)
}

fn sends_of(sender: usize, people: &[Person], rooms: &[Room]) -> Vec<Send> {
    let who = sender % people.len();
    let mine = rooms.iter().enumerate().filter(|(_, room)| room.members.contains(&who));
    mine.map(|(place, room)| (place, Request::message(&room.id, &people[who].token))).collect()
}
