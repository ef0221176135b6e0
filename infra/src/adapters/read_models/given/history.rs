//! Histories that have everything in them, made by chance that is always the same.

// Found from where it is included, too.
#[path = "history/erasures.rs"]
mod erasures;
#[path = "history/inboxes.rs"]
mod inboxes;

use std::collections::{HashMap, HashSet};

use domain::friendship::FriendshipEvent;
use domain::read_cursor::ReadCursorEvent;
use domain::room::{Member, MessageType, Role, RoomEvent, RoomType};
use domain::user::{ImageFormat, ImageName, UserEvent};
use domain::{
    Actor, Envelope, Event, EventId, FriendshipId, Kind, MessageId, NotificationId, Personal, ReadCursorId, RoomId,
    StreamId, Timestamp, UserId, Version,
};
use uuid::Uuid;

const PEOPLE: u64 = 6;
const ROOMS: u64 = 4;

pub(crate) fn user(n: u64) -> UserId {
    UserId(Uuid::from_u128(u128::from(n) + 1))
}

pub(crate) fn room(n: u64) -> RoomId {
    RoomId(Uuid::from_u128(u128::from(n) + 100))
}

fn text(of: UserId, text: String) -> Personal<String> {
    Personal::about(of, text)
}

/// What is needed to go on with a history.
#[derive(Default)]
struct Story {
    events: Vec<Envelope>,
    versions: HashMap<StreamId, Version>,
    /// Per room: how many messages there are, and who is a member.
    numbers: HashMap<RoomId, u64>,
    members: HashMap<RoomId, Vec<UserId>>,
    deleted: HashSet<MessageId>,
    reactions: HashMap<(MessageId, UserId), bool>,
    blocks: HashMap<(UserId, UserId), bool>,
    friends: HashMap<FriendshipId, bool>,
    unread: HashMap<UserId, Vec<NotificationId>>,
    authors: HashMap<MessageId, UserId>,
    /// Who is erased where.
    erased: HashSet<(StreamId, UserId)>,
    chance: u64,
}

/// So many events of every sort.
pub(crate) fn everything(events: usize) -> Vec<Envelope> {
    let mut story = Story { chance: 7, ..Story::default() };
    (0..PEOPLE).for_each(|n| story.register(user(n)));
    (0..ROOMS).for_each(|n| story.open(room(n)));
    while story.events.len() < events {
        story.go_on();
    }
    story.events
}

/// A room and so many messages in it.
pub(crate) fn talk(of: RoomId, messages: u64) -> Vec<Envelope> {
    let mut story = Story::default();
    story.open(of);
    (0..messages).for_each(|_| story.send(of, user(0)));
    story.events
}

/// The events of several histories, one of each at a time.
pub(crate) fn interleaved(histories: Vec<Vec<Envelope>>) -> Vec<Envelope> {
    let mut histories: Vec<_> = histories.into_iter().map(Vec::into_iter).collect();
    let mut all = vec![];
    loop {
        let before = all.len();
        all.extend(histories.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

impl Story {
    /// A number below `end`.
    fn any(&mut self, end: u64) -> u64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % end
    }

    fn record(&mut self, stream: impl Into<StreamId>, said: impl Into<Event>) {
        let stream = stream.into();
        let version = self.versions.entry(stream).or_default();
        *version += 1;
        let position = self.events.len() as u64 + 1;
        self.events.push(Envelope {
            position,
            stream,
            version: *version,
            event_id: EventId(Uuid::now_v7()),
            recorded_at: Timestamp(1_000 + position.cast_signed()),
            actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
            payload: said.into(),
        });
    }

    fn register(&mut self, who: UserId) {
        let nickname = text(who, format!("Nick {who} Name"));
        self.record(
            who,
            UserEvent::UserRegistered { email: text(who, format!("{who}@x.y")), username: None, nickname },
        );
    }

    fn open(&mut self, of: RoomId) {
        let members = [user(0), user(1)];
        self.members.insert(of, members.to_vec());
        let members = members.map(|user| Member { user, role: Role::Owner }).to_vec();
        let name = Some(text(user(0), "a room".to_owned()));
        self.record(of, RoomEvent::RoomOpened { room_type: RoomType::Group, name, opened_by: user(0), members });
    }

    fn send(&mut self, of: RoomId, author: UserId) {
        let number = self.numbers.get(&of).copied().unwrap_or(0) + 1;
        self.numbers.insert(of, number);
        let content = text(author, format!("message {number}"));
        let message_id = message(of, number);
        self.authors.insert(message_id, author);
        self.record(
            of,
            RoomEvent::MessageSent {
                message_id,
                author,
                number,
                content,
                message_type: MessageType::Text,
                reply_to: (number > 3).then(|| message(of, number - 3)),
            },
        );
    }

    fn go_on(&mut self) {
        let (who, of) = (user(self.any(PEOPLE)), room(self.any(ROOMS)));
        match self.any(10) {
            0 => self.profile(who),
            1 => self.friendship(who),
            2 => self.members(of, who),
            3 => self.rename(of),
            4 => self.rewrite(of),
            5 => self.react(of, who),
            6 => self.read(of, who),
            7 => self.inbox(of, who),
            _ if self.is_erased(of, who) => {}
            _ => self.send(of, who),
        }
    }

    fn profile(&mut self, who: UserId) {
        if self.is_erased(who, who) {
            return;
        }
        if self.any(40) == 0 {
            return self.erase(who, who, UserEvent::AccountDeleted {});
        }
        let word = text(who, format!("word{} Lee", self.any(50)));
        let said = match self.any(7) {
            0 => UserEvent::NicknameChanged { nickname: word },
            1 => UserEvent::UsernameChanged { username: word },
            2 => UserEvent::StatusMessageChanged { status_message: word },
            3 => UserEvent::StatusMessageCleared {},
            4 => UserEvent::ProfileImageChanged { image: None },
            5 => {
                let name = ImageName { user: who, made_at: 1, digest: self.any(50).into(), format: ImageFormat::Jpeg };
                UserEvent::ProfileImageChanged { image: Some(Personal::about(who, name)) }
            }
            _ => UserEvent::PasswordChanged {},
        };
        self.record(who, said);
    }

    fn friendship(&mut self, who: UserId) {
        let other = user(self.any(PEOPLE));
        if other == who {
            return;
        }
        let pair = FriendshipId::between(who, other);
        if self.is_erased(pair, who) || self.is_erased(pair, other) {
            return;
        }
        if self.any(20) == 0 {
            return self.erase(pair, who, FriendshipEvent::PersonErased { user: who });
        }
        let blocks = !self.blocks.get(&(who, other)).copied().unwrap_or(false);
        let asked = self.friends.get(&pair).copied().unwrap_or(false);
        let said = match (self.any(3), asked) {
            (0, _) if blocks => FriendshipEvent::UserBlocked { blocker: who, blocked: other },
            (0, _) => FriendshipEvent::UserUnblocked { blocker: who, blocked: other },
            (_, false) => {
                let message = (self.any(2) == 0).then(|| text(who, "hi".to_owned()));
                FriendshipEvent::FriendRequested { requester: who, addressee: other, message }
            }
            (1, true) => FriendshipEvent::FriendRequestAccepted { by: who },
            (_, true) => FriendshipEvent::FriendRemoved { by: who },
        };
        match said {
            FriendshipEvent::UserBlocked { .. } | FriendshipEvent::UserUnblocked { .. } => {
                self.blocks.insert((who, other), blocks);
            }
            FriendshipEvent::FriendRequested { .. } => {
                self.friends.insert(pair, true);
            }
            _ => {
                self.friends.insert(pair, matches!(said, FriendshipEvent::FriendRequestAccepted { .. }));
            }
        }
        self.record(pair, said);
    }

    fn members(&mut self, of: RoomId, who: UserId) {
        if self.is_erased(of, who) {
            return;
        }
        let members = self.members.entry(of).or_default();
        let said = match members.iter().position(|member| *member == who) {
            Some(index) if members.len() > 1 => {
                members.remove(index);
                self.record(of, RoomEvent::MemberLeft { user: who });
                if self.any(8) == 0 {
                    self.erase(of, who, RoomEvent::MemberErased { user: who, name: who == user(0) });
                }
                return;
            }
            Some(_) => RoomEvent::MemberRoleChanged { user: who, role: Role::Admin, by: who },
            None => {
                members.push(who);
                RoomEvent::MemberJoined { user: who, role: Role::Member, added_by: who }
            }
        };
        self.record(of, said);
    }

    fn rename(&mut self, of: RoomId) {
        if self.is_erased(of, user(0)) {
            return;
        }
        let name = text(user(0), format!("name {}", self.any(9)));
        self.record(of, RoomEvent::RoomRenamed { name, by: user(0) });
    }

    fn rewrite(&mut self, of: RoomId) {
        let last = self.numbers.get(&of).copied().unwrap_or(0);
        if last == 0 {
            return;
        }
        let message_id = message(of, 1 + self.any(last));
        let author = self.authors[&message_id];
        if self.deleted.contains(&message_id) || self.is_erased(of, author) {
            return;
        }
        let said = match self.any(3) {
            0 => {
                self.deleted.insert(message_id);
                RoomEvent::MessageDeleted { message_id, deleted_by: user(0) }
            }
            _ => RoomEvent::MessageEdited { message_id, content: text(author, format!("edited {}", self.any(99))) },
        };
        self.record(of, said);
    }

    fn react(&mut self, of: RoomId, who: UserId) {
        let last = self.numbers.get(&of).copied().unwrap_or(0);
        if last == 0 {
            return;
        }
        let (message_id, emoji) = (message(of, 1 + self.any(last)), "👍".to_owned());
        let stands = self.reactions.entry((message_id, who)).or_default();
        *stands = !*stands;
        let said = if *stands {
            RoomEvent::ReactionAdded { message_id, user: who, emoji }
        } else {
            RoomEvent::ReactionRemoved { message_id, user: who, emoji }
        };
        self.record(of, said);
    }

    fn read(&mut self, of: RoomId, who: UserId) {
        let number = 1 + self.numbers.get(&of).copied().unwrap_or(0) / (1 + self.any(3));
        let stream = StreamId { kind: Kind::ReadCursor, id: ReadCursorId::of(of, who).0 };
        let up_to = self.versions[&StreamId::from(of)];
        self.record(stream, ReadCursorEvent::ReadMarkMoved { room: of, user: who, up_to, number, newly_read: 1 });
    }
}

fn message(of: RoomId, number: u64) -> MessageId {
    MessageId(Uuid::from_u128(of.0.as_u128() * 1_000_000 + u128::from(number)))
}
