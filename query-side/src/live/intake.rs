//! From the log to the hub: each event is looked at once, and encoded once if somebody here listens to its room.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::spans;
use domain::friendship::FriendshipEvent;
use domain::read_cursor::ReadCursorEvent;
use domain::room::RoomEvent;
use domain::{Envelope, Event, Kind, Position, RoomId, UserId};
use projections::ports::{Checkpoint, Entry, Log, LogError, Partition};
use tokio::time::timeout;

use super::befriended;
use super::change::{change_of, joiners, leaver, named};
use super::channel::Channel;
use super::frame::{Frame, Words};
use super::frames::{People, Text};
use super::friends::Followers;
use super::hub::{Followed, Hub};
use super::seat::End;
use super::{notices, shape};
use crate::Positions;
use crate::names::Names;
use crate::ports::ReadModels;

/// How many entries are taken at once: no more than those who listen can be behind.
const BATCH: usize = 128;
/// After a full batch there are more. Whoever was woken gets their turn first: what comes all at once, as after an outage, is not to
/// make everybody too slow.
const TURN: Duration = Duration::from_millis(2);
/// How long one reading waits for something to come.
const WAIT: Duration = Duration::from_secs(5);
/// How long the directory may take to say whether a block is over.
const GLANCE: Duration = Duration::from_millis(250);
/// How long to wait before a log that is away is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// The reader of one partition.
pub(super) struct Intake {
    pub(super) hub: Arc<Hub>,
    pub(super) names: Arc<Names>,
    pub(super) models: Arc<dyn ReadModels>,
    pub(super) followers: Arc<Followers>,
    pub(super) partition: Partition,
}

/// Something to be done for a room, in the order of the log.
enum Task {
    Said(RoomId, Option<Arc<Channel>>, Arc<Envelope>),
    Blocked {
        room: RoomId,
        user: UserId,
        position: Position,
    },
    /// The same, of a block that is over by now.
    WasBlocked {
        room: RoomId,
        user: UserId,
    },
    Unblocked {
        room: RoomId,
        user: UserId,
        position: Position,
    },
    Untold(Arc<Channel>),
}

impl Intake {
    /// Reads the log from `at` on, for ever.
    ///
    /// # Errors
    /// When it can not be read on without losing something.
    pub(super) async fn run(&self, log: &dyn Log, mut at: Checkpoint) -> LogError {
        loop {
            match log.read(self.partition, at, BATCH, WAIT).await {
                Ok(batch) => {
                    at = batch.end;
                    self.take_in(&batch.entries, at.position).await;
                    if batch.entries.len() >= BATCH {
                        tokio::time::sleep(TURN).await;
                    }
                }
                Err(LogError::Unavailable(reason)) => {
                    tracing::warn!(reason, partition = self.partition, "streams wait for the log");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(broken) => return broken,
            }
        }
    }

    /// Takes in a part of the log that ends at `end`.
    pub(super) async fn take_in(&self, entries: &[Entry], end: Position) {
        let mut tasks = self.hub.look(self.partition, end, |rooms| self.tasks(entries, rooms));
        befriended::tell(&self.followers, &self.models, self.partition, entries);
        if tasks.is_empty() {
            return;
        }
        for task in &mut tasks {
            self.judge(task).await;
        }
        let people = self.people(&tasks).await;
        // Each room is woken once, however much has come for it.
        let touched = tasks.into_iter().filter_map(|task| self.fulfil(task, &people));
        let touched: HashMap<_, _> = touched.map(|channel| (channel.room, channel)).collect();
        for (room, channel) in touched {
            channel.wake();
            self.hub.tidy(room);
        }
    }

    /// What is to be done, for those rooms only that somebody listens to.
    fn tasks(&self, entries: &[Entry], rooms: &Followed) -> Vec<Task> {
        let mut entered = HashSet::new();
        let task = |entry: &Entry| match entry {
            Entry::Event(event) => self.task(event, rooms, &mut entered),
            Entry::Unreadable(event) => {
                let room = matches!(event.stream.kind, Kind::Room | Kind::Inbox).then_some(RoomId(event.stream.id))?;
                rooms.channels.get(&room).cloned().map(Task::Untold)
            }
        };
        entries.iter().filter_map(task).collect()
    }

    fn task(&self, event: &Arc<Envelope>, rooms: &Followed, entered: &mut HashSet<RoomId>) -> Option<Task> {
        match &event.payload {
            Event::Room(said) => {
                let room = RoomId(event.stream.id);
                if matches!(said, RoomEvent::RoomOpened { .. } | RoomEvent::MemberJoined { .. })
                    && rooms.anybody_listens(joiners(said).into_iter())
                {
                    entered.insert(room);
                }
                let channel = rooms.channels.get(&room).cloned();
                (channel.is_some() || entered.contains(&room)).then(|| Task::Said(room, channel, event.clone()))
            }
            Event::ReadCursor(ReadCursorEvent::ReadMarkMoved { room, .. }) => {
                let channel = rooms.channels.get(room).cloned();
                (channel.is_some() || entered.contains(room)).then(|| Task::Said(*room, channel, event.clone()))
            }
            Event::Friendship(FriendshipEvent::UserBlocked { blocker, blocked }) => {
                let room = RoomId::direct(*blocker, *blocked);
                (rooms.channels.contains_key(&room) || entered.contains(&room)).then_some(Task::Blocked {
                    room,
                    user: *blocked,
                    position: event.position,
                })
            }
            Event::Friendship(FriendshipEvent::UserUnblocked { blocker, blocked }) => {
                let (room, user, position) = (RoomId::direct(*blocker, *blocked), *blocked, event.position);
                rooms.anybody_listens([user].into_iter()).then(|| {
                    entered.insert(room);
                    Task::Unblocked { room, user, position }
                })
            }
            Event::User(said) => {
                self.names.hear(self.partition, event, said);
                None
            }
            Event::Inbox(_) => {
                let inbox = notices::channel_of(UserId(event.stream.id));
                let channel = rooms.channels.get(&inbox).cloned()?;
                Some(Task::Said(inbox, Some(channel), event.clone()))
            }
            Event::Friendship(_) => None,
        }
    }

    /// Lets a block that is over close no stream: whoever opened one since was let in by a directory that knew so, and was not to come
    /// back if it was closed. One that the directory has not passed yet, or does not tell at once, is a block.
    async fn judge(&self, task: &mut Task) {
        let Task::Blocked { room, user, position } = *task else { return };
        let bound = Positions::of(self.partition, position);
        let blocked = async {
            let directory = self.models.directory(&bound, Duration::ZERO).await.ok().filter(|found| found.is_fresh)?;
            directory.model.is_blocked_in(user, room).await.ok()
        };
        if timeout(GLANCE, blocked).await == Ok(Some(false)) {
            *task = Task::WasBlocked { room, user };
        }
    }

    /// The names that the frames of these tasks show.
    async fn people(&self, tasks: &[Task]) -> People {
        let mut users = vec![];
        for task in tasks {
            if let Task::Said(_, _, event) = task
                && let Event::Room(said) = &event.payload
            {
                users.extend(named(said));
            }
        }
        users.sort_unstable();
        users.dedup();
        if users.is_empty() { People::new() } else { self.names.of(&users).await }
    }

    /// Does what is to be done; returns the room where somebody has to be woken.
    fn fulfil(&self, task: Task, people: &People) -> Option<Arc<Channel>> {
        match task {
            Task::Said(room, channel, event) => {
                let channel = channel.or_else(|| self.hub.channel(room));
                self.say(room, channel, &event, people)
            }
            Task::Blocked { room, user, .. } => {
                let channel = self.hub.channel(room)?;
                channel.end(user, End::Blocked);
                Some(channel)
            }
            Task::WasBlocked { room, user } => {
                let channel = self.hub.channel(room)?;
                channel.put_out(user);
                Some(channel)
            }
            Task::Unblocked { room, user, position } => self.hub.welcome(room, &[user], position),
            Task::Untold(channel) => {
                self.hub.break_off(&channel);
                Some(channel)
            }
        }
    }

    fn say(
        &self,
        room: RoomId,
        channel: Option<Arc<Channel>>,
        event: &Arc<Envelope>,
        people: &People,
    ) -> Option<Arc<Channel>> {
        let (channel, frame) = match &event.payload {
            Event::Room(said) => {
                let joiners = joiners(said);
                let channel =
                    if joiners.is_empty() { channel } else { self.hub.welcome(room, &joiners, event.position) };
                let channel = channel?;
                let frame = self.frame(&channel, event, said, people);
                (channel, frame)
            }
            Event::ReadCursor(ReadCursorEvent::ReadMarkMoved { user, up_to, .. }) => {
                let text = Text::default().read(room, *user, *up_to).into();
                (channel?, Frame::new(None, event.position, Words::Known(text), 0))
            }
            Event::Inbox(said) => {
                let channel = channel?;
                let frame = notices::frame(&self.models, &channel, event, said);
                (channel, frame)
            }
            Event::User(_) | Event::Friendship(_) => return None,
        };
        let began = Instant::now();
        self.hub.publish(&channel, self.partition, frame);
        if spans::are_told() {
            spans::done("deliver", "producer", event.event_id, &event.actor, began.elapsed());
        }
        Some(channel)
    }

    fn frame(&self, channel: &Arc<Channel>, event: &Arc<Envelope>, said: &RoomEvent, people: &People) -> Frame {
        let mut text = Text::default();
        let id_length = text.id(event.version).len();
        let change = change_of(event, said);
        let words = if shape::is_awaited(said) {
            Words::Awaited(shape::fetch(self.models.clone(), self.partition, channel.clone(), event.position, change))
        } else {
            let shape = shape::of_opening(event, said, people);
            Words::Known(text.change(channel.room, &change, people, shape.as_ref()).into())
        };
        // A version has at most 20 digits.
        let mut frame = Frame::new(Some(event.version), event.position, words, u8::try_from(id_length).unwrap_or(0));
        frame.leaver = leaver(said);
        frame.hides_before = matches!(said, RoomEvent::MemberErased { .. });
        frame
    }
}
