//! Stores, and what is put into them.

use std::any::Any;
use std::sync::Arc;

use command_side::ports::{
    Append, AppendPast, Appended, Claim, ClaimKind, Claims, Conflict, Credential, Credentials, History, Item, KeyUse,
    Keys, OlderRooms, Snapshots,
};
use domain::hash::Hash;
use domain::stored::{NewEvent, Raw};
use domain::{Actor, EventId, Kind, StreamId, UserId, Version};
use uuid::Uuid;

/// A fresh event store behind its ports.
pub(super) struct Store {
    pub(super) append: Arc<dyn Append>,
    pub(super) history: Arc<dyn History>,
    pub(super) snapshots: Arc<dyn Snapshots>,
    pub(super) keys: Arc<dyn Keys>,
    pub(super) claims: Arc<dyn Claims>,
    pub(super) credentials: Arc<dyn Credentials>,
    pub(super) past: Arc<dyn AppendPast>,
    pub(super) older_rooms: Arc<dyn OlderRooms>,
    /// What must live as long, such as a folder.
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

impl Store {
    /// Appends a batch; the answers of its items.
    pub(super) async fn append(&self, batch: &[Item]) -> Vec<Result<Appended, Conflict>> {
        self.append.append(batch).await.expect("the store is there")
    }

    /// Appends a batch of one; the position of its first event.
    pub(super) async fn appended(&self, item: Item) -> u64 {
        self.append(&[item]).await.remove(0).expect("no conflict").position
    }

    /// The version of `stream`, which has no snapshot.
    pub(super) async fn version(&self, stream: StreamId) -> Version {
        let past = self.history.after(stream, 0).await.expect("the store is there");
        past.last().map_or(0, |event| event.version)
    }
}

/// A room's stream with nothing in it yet.
pub(super) fn stream() -> StreamId {
    StreamId { kind: Kind::Room, id: Uuid::now_v7() }
}

pub(super) fn somebody() -> UserId {
    UserId(Uuid::now_v7())
}

/// An event about `subject`, under a name that the domain knows.
pub(super) fn event_about(subject: Uuid) -> NewEvent {
    let event_id = EventId(Uuid::now_v7());
    let mut hash = [7; 32];
    hash[..16].copy_from_slice(event_id.0.as_bytes());
    let json = r#"{"RoomClosed":{}}"#.to_owned();
    let raw = Raw { event_type: "RoomClosed".to_owned(), schema_version: 1, json, subject, hash: Hash(hash) };
    let correlation_id = r#"a "walk" – ünïcode"#.to_owned();
    let actor = Actor { user: Some(somebody()), causation_id: Some(Uuid::now_v7()), correlation_id };
    NewEvent { event_id, actor, raw }
}

/// `count` events for `stream`, decided at `expected`.
pub(super) fn item(stream: StreamId, expected: Version, count: usize) -> Item {
    let events = (0..count).map(|_| event_about(stream.id)).collect();
    Item { stream: Some(stream), expected, events, ..Item::default() }
}

/// The end of an account.
pub(super) fn ending(user: UserId, expected: Version) -> Item {
    let mut ending = event_about(user.0);
    (ending.raw.event_type, ending.raw.json) = ("AccountDeleted".to_owned(), r#"{"AccountDeleted":{}}"#.to_owned());
    Item { stream: Some(user.into()), expected, events: vec![ending], ..Item::default() }
}

pub(super) fn claim(letter: u8, owner: UserId) -> Claim {
    Claim { kind: ClaimKind::Username, digest: [letter; 32], owner }
}

/// One event for a fresh stream, with a claim.
pub(super) fn claiming(claim: Claim) -> Item {
    Item { claims: vec![claim], ..item(stream(), 0, 1) }
}

/// One event for a fresh stream, that came of `key`.
pub(super) fn keyed(user: UserId, key: u8) -> Item {
    let item = item(stream(), 0, 1);
    let stream = item.stream.expect("it has one");
    let key = KeyUse { user, key: [key; 32], request: [9; 32], stream, version: 1, changed: true, status: 201 };
    Item { keys: vec![key], ..item }
}

pub(super) fn credential(user: UserId, password_hash: &str) -> Credential {
    Credential { user, password_hash: password_hash.to_owned() }
}
