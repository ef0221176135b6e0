//! Somebody who follows one room, or all of theirs, with connections that end and go on at other processes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use query_side::Positions;
use tokio::time::sleep;
use world::{Frame, Room, Stream, Unopened};

use super::doer::Doer;
use super::track::{Heard, Track};

const OPENING: Duration = Duration::from_secs(8);
/// After so long without a frame a client looks elsewhere.
const SILENCE: Duration = Duration::from_secs(3);

/// Whether one id of a stream does not cover another: versions of a room, or positions of the log's partitions.
fn is_before(id: &str, last: &str) -> bool {
    match (id.parse::<u64>(), last.parse::<u64>()) {
        (Ok(id), Ok(last)) => id < last,
        _ => match (id.parse::<Positions>(), last.parse::<Positions>()) {
            (Ok(id), Ok(last)) => !id.covers(&last),
            _ => true,
        },
    }
}

/// How far each room has come, once no more is written.
pub(crate) type Goal = Arc<Mutex<Option<HashMap<String, u64>>>>;

/// What was heard, and when.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) who: String,
    pub(crate) user: String,
    pub(crate) heard: Vec<(Instant, Heard)>,
    pub(crate) connections: usize,
    pub(crate) resets: usize,
    /// Everything that came, for whoever looks for what went wrong.
    pub(crate) story: Vec<(Instant, String)>,
}

impl Record {
    fn of(who: String, user: String) -> Self {
        Self { who, user, heard: Vec::new(), connections: 0, resets: 0, story: Vec::new() }
    }

    fn tell(&mut self, what: String) {
        self.story.push((Instant::now(), what));
    }
}

/// A follower at work.
pub(crate) struct Follower {
    doer: Doer,
    path: String,
    /// Of a stream of one room: which.
    only: Option<Room>,
    /// The rooms that it is to hear to their end.
    rooms: Vec<Room>,
    /// Whether they are put out now and then.
    is_restless: bool,
    goal: Goal,
    track: Track,
    last: Option<String>,
    record: Record,
}

impl Follower {
    /// Of one room, if `is_single`, or of all of theirs.
    pub(crate) fn new(doer: Doer, rooms: &[Room], is_single: bool, is_restless: bool, goal: &Goal) -> Self {
        let only = rooms.first().filter(|_| is_single);
        let path = only.map_or_else(|| "/api/messages/stream".to_owned(), Room::stream);
        let user = doer.person.id.clone();
        let who = format!("{} on {path}", doer.person.nickname);
        let record = Record::of(who, user.clone());
        let track = Track::of(&user, only.map(|room| room.id.clone()));
        Self {
            doer,
            path,
            only: only.cloned(),
            rooms: rooms.to_vec(),
            is_restless,
            goal: goal.clone(),
            track,
            last: None,
            record,
        }
    }

    /// Until everything was heard, or patience ends.
    pub(crate) async fn follow(mut self) -> Record {
        let mut ending: Option<Instant> = None;
        loop {
            if self.has_all() {
                return self.record;
            }
            if self.goal.lock().is_some() {
                let since = *ending.get_or_insert_with(Instant::now);
                if since.elapsed() > self.doer.common.patience {
                    self.miss();
                    return self.record;
                }
            }
            match self.open().await {
                Some(stream) => self.listen(stream).await,
                None => {
                    let pause = self.doer.random.millis(50, 300);
                    sleep(pause).await;
                }
            }
        }
    }

    fn has_all(&self) -> bool {
        self.goal.lock().as_ref().is_some_and(|goal| self.mine(goal).all(|(room, end)| self.track.reached(room) >= end))
    }

    /// The part of the goal that this stream is to reach.
    fn mine<'a>(&'a self, goal: &'a HashMap<String, u64>) -> impl Iterator<Item = (&'a str, u64)> {
        self.rooms.iter().filter_map(|room| Some((room.id.as_str(), *goal.get(&room.id)?)))
    }

    fn miss(&self) {
        let goal = self.goal.lock().clone().unwrap_or_default();
        let missed: Vec<_> =
            self.mine(&goal).map(|(room, end)| format!("{room}: {} of {end}", self.track.reached(room))).collect();
        self.doer.common.findings.add("a stream catches up", format!("{}: {missed:?}", self.record.who));
    }

    async fn open(&mut self) -> Option<Stream> {
        let address = self.doer.common.cluster.for_queries(&mut self.doer.random);
        let mut call = self.doer.person.at(&address).get(&self.path).unbound().within(OPENING);
        if let Some(last) = &self.last {
            call = call.header("Last-Event-ID", last);
        }
        let answer = Stream::ask(call).await;
        if let Err(unopened) = &answer {
            self.record.tell(format!("not open at {address}: {unopened:?}"));
        }
        match answer {
            Ok(stream) => {
                self.record.connections += 1;
                self.record.tell(format!("connection {} at {address} after {:?}", self.record.connections, self.last));
                return Some(stream);
            }
            Err(Unopened::Refused { status: 401, .. }) => self.doer.log_in().await,
            Err(Unopened::Refused { status: 403, .. }) if self.is_restless => {}
            Err(Unopened::Refused { status: 503, .. }) | Err(Unopened::Silent(_) | Unopened::Gone) => {}
            Err(refused) => self.doer.common.findings.add("a member's stream is granted", format!("{refused:?}")),
        }
        None
    }

    /// For a while; then somewhere else.
    async fn listen(&mut self, mut stream: Stream) {
        let until = Instant::now() + self.doer.random.millis(500, 9_000);
        while Instant::now() < until && !self.has_all() {
            let Some(frame) = stream.within(SILENCE).await else { return };
            if !self.take(&frame) {
                return;
            }
        }
    }

    /// Whether the stream goes on.
    fn take(&mut self, frame: &Frame) -> bool {
        let content: String = frame.data.to_string().chars().take(400).collect();
        self.record.tell(format!("{:?} {} {content}", frame.id, frame.event));
        match frame.event.as_str() {
            "connected" => self.connected(frame),
            "reset" => {
                self.reset(frame);
                return false;
            }
            "closed" => {
                let is_due = self.is_restless && self.only.is_some();
                self.doer.common.findings.unless(is_due, "a member's stream is not closed", || format!("{frame:?}"));
                return false;
            }
            _ => match self.track.take(frame) {
                Ok(Some(heard)) => self.record.heard.push((Instant::now(), heard)),
                Ok(None) => {}
                Err(wrong) => self.doer.common.findings.add(
                    "a stream is in order, whole and without repetition",
                    format!("{} (connection {}): {wrong}", self.record.who, self.record.connections),
                ),
            },
        }
        if let Some(id) = &frame.id {
            self.last = Some(id.clone());
        }
        true
    }

    fn connected(&mut self, frame: &Frame) {
        if let Some(last) = self.last.as_ref().filter(|_| self.only.is_some()) {
            let what = || format!("{}: {frame:?} after {last}", self.record.who);
            self.doer.common.findings.unless(frame.id.as_ref() == Some(last), "a stream goes on where it ended", what);
        } else if let Some(version) = frame.id.as_deref().and_then(|id| id.parse().ok()) {
            self.track.begin(version);
        }
    }

    fn reset(&mut self, frame: &Frame) {
        self.record.resets += 1;
        let what = || format!("{}: {frame:?} after {:?}", self.record.who, self.last);
        let is_back = self.last.as_ref().zip(frame.id.as_ref()).is_some_and(|(last, id)| is_before(id, last));
        self.doer.common.findings.unless(!is_back, "a reset does not go back", what);
        if frame.id == self.last {
            return;
        }
        self.track.reset();
        self.last.clone_from(&frame.id);
        if let Some(version) = frame.id.as_deref().and_then(|id| id.parse().ok()) {
            self.track.begin(version);
        }
    }
}
