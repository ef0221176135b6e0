//! What a batch of changes comes to: each row once, so that a store writes it with a few statements.

use std::collections::BTreeMap;

use domain::friendship::Status;
use domain::room::{Role, RoomType};
use domain::{FriendshipId, NotificationId, RoomId, Timestamp, UserId, Version};

use super::{
    Blocked, DirectoryChange, FriendshipMoved, InboxChanged, MemberChanged, Requested, RoomChanged, Told, UserChanged,
};

/// A person as a batch leaves them; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub user: UserId,
    pub version: Version,
    /// Said of somebody new, of whom every field is said.
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub email: Option<Option<String>>,
    pub username: Option<Option<String>>,
    pub nickname: Option<Option<String>>,
    pub status_message: Option<Option<String>>,
    /// The name of their image.
    pub image: Option<Option<String>>,
}

/// A friendship as a batch leaves it; `None` leaves a field as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendshipRow {
    pub friendship: FriendshipId,
    pub version: Version,
    /// When its first event of the batch was.
    pub first_at: Timestamp,
    /// When the first request of the batch was; the creation, if nobody asked before. A block before it is nobody's business.
    pub asked_at: Option<Timestamp>,
    pub request: Option<Requested>,
    /// The status and since when.
    pub status: Option<(Status, Timestamp)>,
}

/// A friendship seen from one of the two, as a batch leaves it; `None` leaves a field as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideRow {
    pub user: UserId,
    pub other: UserId,
    pub friendship: FriendshipId,
    pub first_at: Timestamp,
    pub is_requester: Option<bool>,
    pub status: Option<(Status, Timestamp)>,
    /// Whether `user` blocks `other`, and since when.
    pub blocks: Option<(bool, Timestamp)>,
}

/// A room as a batch leaves it; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    pub room: RoomId,
    pub version: Version,
    pub updated_at: Timestamp,
    /// Said of a new room, with the time.
    pub opened: Option<(RoomType, Timestamp)>,
    pub name: Option<Option<String>>,
    pub closes: bool,
}

/// Somebody in a room, as a batch leaves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRow {
    pub room: RoomId,
    pub user: UserId,
    /// None when gone.
    pub role: Option<Role>,
    /// When they came; `None` leaves it as it is.
    pub joined_at: Option<Timestamp>,
}

/// An inbox as a batch leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxRow {
    pub user: UserId,
    pub version: Version,
}

/// Something that somebody is told, at this version of their inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    pub user: UserId,
    pub version: Version,
    pub at: Timestamp,
    pub told: Told,
}

/// Something that was told is read, at this version of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadRow {
    pub user: UserId,
    pub notification: NotificationId,
    pub version: Version,
}

/// What was read before this version of the inbox goes, if it was made before then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrunedRow {
    pub user: UserId,
    pub version: Version,
    pub before: Timestamp,
}

/// The rows of a batch, ordered by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryRows {
    pub users: Vec<UserRow>,
    pub friendships: Vec<FriendshipRow>,
    /// Of pairs that the batch names: both sides of each.
    pub sides: Vec<SideRow>,
    /// Of pairs whose last request is of one of these: it has no message any more.
    pub erased: Vec<(FriendshipId, UserId)>,
    /// Of pairs that it does not name: both sides have this status now, since then.
    pub answered: Vec<(FriendshipId, Status, Timestamp)>,
    pub rooms: Vec<RoomRow>,
    pub members: Vec<MemberRow>,
    pub inboxes: Vec<InboxRow>,
    /// In the order of the log, as those below. All that is told comes before what is read, and that before what goes: each row
    /// of a batch says of which version it is, so that more can not come of it.
    pub notices: Vec<NoticeRow>,
    pub read: Vec<ReadRow>,
    pub pruned: Vec<PrunedRow>,
}

impl DirectoryRows {
    /// Gathers changes that lie in the order of the log.
    #[must_use]
    pub fn gather(changes: Vec<DirectoryChange>) -> Self {
        let mut gathering = Gathering::default();
        changes.into_iter().for_each(|change| gathering.take(change));
        gathering.rows()
    }
}

/// A pair of people in a batch.
struct Pair {
    row: FriendshipRow,
    erased: Vec<UserId>,
    /// The two, in the order of whoever asked or blocked last.
    named: Option<(UserId, UserId)>,
    blocks: BTreeMap<UserId, (bool, Timestamp)>,
}

#[derive(Default)]
struct Gathering {
    users: BTreeMap<UserId, UserRow>,
    pairs: BTreeMap<FriendshipId, Pair>,
    rooms: BTreeMap<RoomId, RoomRow>,
    members: BTreeMap<(RoomId, UserId), MemberRow>,
    inboxes: BTreeMap<UserId, InboxRow>,
    notices: Vec<NoticeRow>,
    read: Vec<ReadRow>,
    pruned: Vec<PrunedRow>,
}

impl Gathering {
    fn take(&mut self, change: DirectoryChange) {
        match change {
            DirectoryChange::User(changed) => self.user(changed),
            DirectoryChange::Friendship(moved) => self.friendship(moved),
            DirectoryChange::Room(changed) => self.room(changed),
            DirectoryChange::Member(changed) => self.member(changed),
            DirectoryChange::Inbox(changed) => self.inbox(changed),
        }
    }

    fn user(&mut self, changed: UserChanged) {
        let UserChanged { user, version, at, .. } = changed;
        let row = self.users.entry(user).or_insert(UserRow {
            user,
            version,
            created_at: None,
            updated_at: None,
            email: None,
            username: None,
            nickname: None,
            status_message: None,
            image: None,
        });
        row.version = version;
        row.created_at = row.created_at.or(changed.is_new.then_some(at));
        later(&mut row.updated_at, changed.is_visible.then_some(at));
        later(&mut row.email, changed.email);
        later(&mut row.username, changed.username);
        later(&mut row.nickname, changed.nickname);
        later(&mut row.status_message, changed.status_message);
        later(&mut row.image, changed.image);
    }

    fn friendship(&mut self, moved: FriendshipMoved) {
        let FriendshipMoved { friendship, version, at, status, request, block, erased } = moved;
        let pair = self.pairs.entry(friendship).or_insert_with(|| Pair {
            row: FriendshipRow { friendship, version, first_at: at, asked_at: None, request: None, status: None },
            erased: vec![],
            named: None,
            blocks: BTreeMap::new(),
        });
        pair.row.version = version;
        later(&mut pair.named, request.as_ref().map(|request| (request.requester, request.addressee)));
        pair.row.asked_at = pair.row.asked_at.or(request.as_ref().map(|_| at));
        later(&mut pair.row.request, request);
        later(&mut pair.row.status, status.map(|status| (status, at)));
        pair.erased.extend(erased);
        if let Some(Blocked { blocker, blocked, stands }) = block {
            pair.named = pair.named.or(Some((blocker, blocked)));
            pair.blocks.insert(blocker, (stands, at));
        }
    }

    fn room(&mut self, changed: RoomChanged) {
        let RoomChanged { room, version, at, room_type, name, closes } = changed;
        let new = RoomRow { room, version, updated_at: at, opened: None, name: None, closes: false };
        let row = self.rooms.entry(room).or_insert(new);
        (row.version, row.updated_at) = (version, at);
        row.opened = row.opened.or(room_type.map(|room_type| (room_type, at)));
        later(&mut row.name, name);
        row.closes |= closes;
    }

    fn member(&mut self, changed: MemberChanged) {
        let MemberChanged { room, user, role, joined_at } = changed;
        let row = self.members.entry((room, user)).or_insert(MemberRow { room, user, role, joined_at });
        row.role = role;
        later(&mut row.joined_at, joined_at);
    }

    fn inbox(&mut self, changed: InboxChanged) {
        let InboxChanged { user, version, at, told, read, pruned } = changed;
        self.inboxes.insert(user, InboxRow { user, version });
        self.notices.extend(told.map(|told| NoticeRow { user, version, at, told }));
        self.read.extend(read.into_iter().map(|notification| ReadRow { user, notification, version }));
        self.pruned.extend(pruned.map(|before| PrunedRow { user, version, before }));
    }

    fn rows(self) -> DirectoryRows {
        let mut rows = DirectoryRows {
            users: self.users.into_values().collect(),
            rooms: self.rooms.into_values().collect(),
            members: self.members.into_values().collect(),
            inboxes: self.inboxes.into_values().collect(),
            notices: self.notices,
            read: self.read,
            pruned: self.pruned,
            ..DirectoryRows::default()
        };
        for pair in self.pairs.into_values() {
            match (pair.named, pair.row.status) {
                (Some(_), _) => rows.sides.extend(pair.sides()),
                (None, Some((status, since))) => rows.answered.push((pair.row.friendship, status, since)),
                (None, None) => {}
            }
            rows.erased.extend(pair.erased.iter().map(|user| (pair.row.friendship, *user)));
            rows.friendships.push(pair.row);
        }
        rows
    }
}

impl Pair {
    fn sides(&self) -> impl Iterator<Item = SideRow> {
        let both = self.named.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]);
        both.map(|(user, other)| SideRow {
            user,
            other,
            friendship: self.row.friendship,
            first_at: self.row.first_at,
            is_requester: self.row.request.as_ref().map(|request| request.requester == user),
            status: self.row.status,
            blocks: self.blocks.get(&user).copied(),
        })
    }
}

/// What is said later counts.
fn later<T>(kept: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *kept = said;
    }
}
