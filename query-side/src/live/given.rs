//! A world in memory: a log that is written to, read models that follow it when they are told to, and streams.

mod counts;
mod inboxes;
mod models;
mod people;
pub(crate) mod presence;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::Caller;
use domain::friendship::FriendshipEvent;
use domain::read_cursor::ReadCursorEvent;
use domain::room::{Member, MessageType, Role, RoomEvent, RoomType};
use domain::{
    Actor, Envelope, Event, EventId, FriendshipId, MessageId, Personal, Position, ReadCursorId, RoomId, SessionId,
    StreamId, Timestamp, UserId, Version,
};
use parking_lot::Mutex;
use projections::ports::{After, Batch, Checkpoint, Entry, Log, LogError, Partition};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

pub(crate) use self::counts::Counts;
use self::presence::Attended;
use super::{Live, Ports, Subscription};
use crate::names::Names;
use crate::ports::Sessions;

pub(crate) const ANN: UserId = user(1);
pub(crate) const BOB: UserId = user(2);
pub(crate) const CID: UserId = user(3);

pub(crate) const fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

pub(crate) const fn room(n: u128) -> RoomId {
    RoomId(Uuid::from_u128(1_000 + n))
}

/// The `n`-th user, in a session of their own.
pub(crate) const fn caller(n: u128) -> Caller {
    Caller { user: user(n), session: SessionId(Uuid::from_u128(500 + n)) }
}

pub(crate) const fn of(user: UserId) -> Caller {
    Caller { user, session: SessionId(Uuid::from_u128(500 + user.0.as_u128())) }
}

/// The log, and up to where the read models have come.
pub(crate) struct House {
    events: Mutex<Vec<Arc<Envelope>>>,
    head: watch::Sender<Position>,
    pub(crate) applied: watch::Sender<Position>,
    /// How many more events show already in who is in which room: rows are written before the checkpoint says so.
    pub(crate) early: AtomicU64,
    /// How long the answer who is in which room is under way, in ms.
    pub(crate) lag: AtomicU64,
    ended: Mutex<HashSet<SessionId>>,
    endings: broadcast::Sender<SessionId>,
    /// How often it was lost track of which sessions end.
    pub(crate) losses: watch::Sender<u64>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) shutdown: watch::Sender<bool>,
    /// Whether it is not known who has written what.
    pub(crate) is_unsure: AtomicBool,
    pub(crate) attended: Attended,
}

impl House {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            events: Mutex::default(),
            head: watch::Sender::new(0),
            applied: watch::Sender::new(0),
            early: AtomicU64::default(),
            lag: AtomicU64::default(),
            ended: Mutex::default(),
            endings: broadcast::Sender::new(16),
            losses: watch::Sender::new(0),
            counts: Arc::default(),
            shutdown: watch::Sender::new(false),
            is_unsure: AtomicBool::default(),
            attended: Attended::default(),
        })
    }

    /// Streams over this house, running.
    pub(crate) async fn live(self: &Arc<Self>) -> Arc<Live> {
        let names = Arc::new(Names::new(self.clone()));
        let (log, models, sessions, meter) = (self.clone(), self.clone(), self.clone(), self.counts.clone());
        let attendance = self.clone().into();
        let live = Live::new(Ports { log, models, sessions, meter, names, attendance, watched: self.clone() });
        live.begin().await.expect("a log");
        tokio::spawn(live.clone().run(self.shutdown.subscribe()));
        live
    }

    /// Appends an event; the read models do not know of it yet.
    pub(crate) fn append(&self, stream: StreamId, said: impl Into<Event>) -> (Position, Version) {
        let mut events = self.events.lock();
        let position = events.len() as u64 + 1;
        let version = events.iter().filter(|event| event.stream == stream).count() as u64 + 1;
        events.push(Arc::new(Envelope {
            position,
            stream,
            version,
            event_id: EventId(Uuid::from_u128(position.into())),
            recorded_at: Timestamp(i64::try_from(position).expect("small")),
            actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
            payload: said.into(),
        }));
        self.head.send_replace(position);
        (position, version)
    }

    pub(crate) fn open(&self, room: RoomId, members: &[UserId]) -> (Position, Version) {
        let members = members.iter().map(|user| Member { user: *user, role: Role::Member }).collect();
        let opened_by = ANN;
        self.append(room.into(), RoomEvent::RoomOpened { room_type: RoomType::Group, name: None, opened_by, members })
    }

    pub(crate) fn send(&self, room: RoomId, content: &str) -> (Position, Version) {
        let number = self.head();
        self.append(
            room.into(),
            RoomEvent::MessageSent {
                message_id: MessageId(Uuid::from_u128(number.into())),
                author: ANN,
                number,
                content: Personal::about(ANN, content.to_owned()),
                message_type: MessageType::Text,
                reply_to: None,
            },
        )
    }

    pub(crate) fn read(&self, room: RoomId, user: UserId, up_to: Version) {
        let moved = ReadCursorEvent::ReadMarkMoved { room, user, up_to, number: up_to, newly_read: 1 };
        self.append(ReadCursorId::of(room, user).into(), moved);
    }

    pub(crate) fn join(&self, room: RoomId, user: UserId) -> (Position, Version) {
        self.append(room.into(), RoomEvent::MemberJoined { user, role: Role::Member, added_by: ANN })
    }

    pub(crate) fn remove(&self, room: RoomId, user: UserId) -> (Position, Version) {
        self.append(room.into(), RoomEvent::MemberRemoved { user, removed_by: ANN })
    }

    pub(crate) fn block(&self, blocker: UserId, blocked: UserId) {
        let stream = FriendshipId::between(blocker, blocked);
        self.append(stream.into(), FriendshipEvent::UserBlocked { blocker, blocked });
    }

    pub(crate) fn unblock(&self, blocker: UserId, blocked: UserId) {
        let stream = FriendshipId::between(blocker, blocked);
        self.append(stream.into(), FriendshipEvent::UserUnblocked { blocker, blocked });
    }

    pub(crate) fn end(&self, session: SessionId) {
        self.ended.lock().insert(session);
        // Nobody may be listening.
        let _ = self.endings.send(session);
    }

    pub(crate) fn head(&self) -> Position {
        self.events.lock().len() as u64
    }

    /// Lets the read models come up to the log's head.
    pub(crate) fn apply(&self) {
        self.applied.send_replace(self.head());
    }

    /// What was said in all rooms, in order.
    pub(crate) fn contents(&self) -> Vec<String> {
        let events = self.events.lock();
        let content = |event: &Arc<Envelope>| match &event.payload {
            Event::Room(RoomEvent::MessageSent { content, .. }) => content.value().cloned(),
            _ => None,
        };
        events.iter().filter_map(content).collect()
    }

    /// The events up to a position.
    fn up_to(&self, position: Position) -> Vec<Arc<Envelope>> {
        self.events.lock().iter().filter(|event| event.position <= position).cloned().collect()
    }
}

#[async_trait]
impl Log for House {
    fn partitions(&self) -> Vec<Partition> {
        vec![0]
    }

    async fn read(&self, _: Partition, from: Checkpoint, limit: usize, wait: Duration) -> Result<Batch, LogError> {
        let mut head = self.head.subscribe();
        let _ = tokio::time::timeout(wait, head.wait_for(|head| *head > from.position)).await;
        let events = self.events.lock();
        let entries: Vec<_> =
            events.iter().skip(from.position as usize).take(limit).cloned().map(Entry::Event).collect();
        let position = from.position + entries.len() as u64;
        Ok(Batch { entries, end: Checkpoint { offset: position, position, event_id: None } })
    }

    async fn of_stream(&self, _: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        let events = self.events.lock();
        let is_of = |event: &&Arc<Envelope>| event.stream == after.stream && event.version > after.version;
        Ok(events.iter().filter(is_of).take(limit).cloned().map(Entry::Event).collect())
    }

    async fn end(&self, _partition: Partition) -> Result<Checkpoint, LogError> {
        Ok(Checkpoint::behind(self.head()))
    }

    async fn holds(&self, _: Checkpoint) -> Result<bool, LogError> {
        Ok(true)
    }
}

impl Sessions for House {
    fn is_ended(&self, session: SessionId) -> bool {
        self.ended.lock().contains(&session)
    }

    fn endings(&self) -> broadcast::Receiver<SessionId> {
        self.endings.subscribe()
    }

    fn losses(&self) -> watch::Receiver<u64> {
        self.losses.subscribe()
    }
}

/// One frame, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    pub(crate) id: Option<String>,
    pub(crate) event: String,
    pub(crate) data: serde_json::Value,
}

impl Heard {
    pub(crate) fn version(&self) -> Version {
        self.id.as_deref().expect("an id").parse().expect("a version")
    }
}

/// Frames of a text.
pub(crate) fn frames(text: &[u8]) -> Vec<Heard> {
    let text = std::str::from_utf8(text).expect("UTF-8");
    let frame = |block: &str| {
        let fields: HashMap<_, _> = block.lines().filter_map(|line| line.split_once(": ")).collect();
        let event = (*fields.get("event")?).to_owned();
        let data = serde_json::from_str(fields["data"]).expect("JSON");
        Some(Heard { id: fields.get("id").map(|id| (*id).to_owned()), event, data })
    };
    text.split("\n\n").filter_map(frame).collect()
}

/// Listens until something was heard, or the stream ends.
pub(crate) async fn until(stream: &mut Subscription, found: impl Fn(&Heard) -> bool) -> Vec<Heard> {
    let mut heard = vec![];
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while !heard.last().is_some_and(&found) {
        // Signs of life go on for ever.
        let next = tokio::time::timeout_at(end, stream.next()).await;
        let Some(text) = next.unwrap_or_else(|_| panic!("waited in vain after {heard:?}")) else { break };
        heard.extend(frames(&text));
    }
    heard
}

/// Everything up to the end, which has to come.
pub(crate) async fn rest(stream: &mut Subscription) -> Vec<Heard> {
    until(stream, |_| false).await
}

pub(crate) fn events(heard: &[Heard]) -> Vec<&str> {
    heard.iter().map(|heard| heard.event.as_str()).collect()
}
