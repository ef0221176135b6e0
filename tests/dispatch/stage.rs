//! A write side without HTTP: two people, and what they do.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use command_side::dispatch::{Appender, Dispatch, Error, Key, Order, Outcome, Parts};
use command_side::ports::{Append, Claim, ClaimKind, Digest, History, Keys, Meter, Snapshots, Vault};
use domain::event::read;
use domain::friendship::{Block, Friendship, FriendshipCommand};
use domain::room::{
    AddMembers, Invited, MessageType, OpenDirect, OpenGroup, RemoveMember, Rename, Room, RoomCommand, RoomEvent,
    SendMessage,
};
use domain::user::{Register, User, UserCommand};
use domain::{Actor, Decide, Envelope, Event, FriendshipId, MessageId, RoomId, StreamId, UserId, Version};
use infra::adapters::event_store::SqliteEventStore;
use infra::adapters::vault::KeyVault;
use tempfile::TempDir;
use uuid::Uuid;

use super::faulty::Faulty;
use crate::contract::postgres::Database;

struct Uncounted;

impl Meter for Uncounted {
    fn command(&self, _command: &'static str, _outcome: &'static str) {}

    fn queue_of(&self, _items: usize) {}

    fn queued(&self, _more: i64) {}

    fn batch(&self, _events: usize, _took: Duration) {}
}

/// A store as a process opens it.
pub(super) struct Opened {
    append: Arc<dyn Append>,
    history: Arc<dyn History>,
    pub(super) snapshots: Arc<dyn Snapshots>,
    keys: Arc<dyn Keys>,
}

impl Opened {
    fn of<S: Append + History + Snapshots + Keys + 'static>(store: &Arc<S>) -> Self {
        Self { append: store.clone(), history: store.clone(), snapshots: store.clone(), keys: store.clone() }
    }
}

/// Where a store lies that several processes open.
enum Site {
    Folder(TempDir),
    /// A database, and the keys that belong to it.
    Postgres(Database, Arc<KeyVault>),
}

impl Site {
    async fn open(&self) -> (Opened, Arc<KeyVault>) {
        match self {
            Self::Folder(folder) => {
                let path = |name: &str| Path::join(folder.path(), name);
                let store = SqliteEventStore::open(&path("events.db")).await.expect("the store opens");
                (Opened::of(&store), KeyVault::open(&path("keys.db")).await.expect("the vault opens"))
            }
            Self::Postgres(database, vault) => (Opened::of(&database.store().await), vault.clone()),
        }
    }
}

/// One process's write side.
pub(super) struct Stage {
    pub(super) opened: Opened,
    pub(super) store: Arc<Faulty>,
    pub(super) ann: UserId,
    pub(super) bob: UserId,
    rooms: Dispatch<Room>,
    friendships: Dispatch<Friendship>,
    users: Dispatch<User>,
    vault: Arc<KeyVault>,
    site: Arc<Site>,
}

/// Somebody who signs up with `email`.
pub(super) fn account(email: &str) -> (Register, Claim) {
    let user = UserId(Uuid::now_v7());
    let mut digest: Digest = [0; 32];
    digest[..email.len()].copy_from_slice(email.as_bytes());
    let register = Register { user, email: email.to_owned(), username: None, nickname: "Somebody".to_owned() };
    (register, Claim { kind: ClaimKind::Email, digest, owner: user })
}

impl Stage {
    /// A fresh store, with nobody else on it.
    pub(super) async fn set() -> Self {
        Self::at(Site::Folder(TempDir::new().expect("a folder")), true).await
    }

    /// The same on PostgreSQL, where others may be; none, said aloud, when there is no server.
    pub(super) async fn on_postgres() -> Option<Self> {
        let database = Database::new().await?;
        let vault = database.vault().await;
        Some(Self::at(Site::Postgres(database, vault), false).await)
    }

    async fn at(site: Site, alone: bool) -> Self {
        let (ann, bob) = (UserId(Uuid::now_v7()), UserId(Uuid::now_v7()));
        let stage = Self::on(Arc::new(site), ann, bob, alone).await;
        for person in [ann, bob] {
            Vault::create(&*stage.vault, person).await.expect("a key");
        }
        stage
    }

    /// Another process on the same store: it knows nothing of what this one has in memory.
    pub(super) async fn another_process(&self) -> Self {
        Self::on(Arc::clone(&self.site), self.ann, self.bob, false).await
    }

    async fn on(site: Arc<Site>, ann: UserId, bob: UserId, alone: bool) -> Self {
        let (opened, vault) = site.open().await;
        let store = Arc::new(Faulty::around(opened.append.clone(), alone));
        let parts = Parts {
            history: opened.history.clone(),
            snapshots: opened.snapshots.clone(),
            keys: opened.keys.clone(),
            vault: vault.clone(),
            meter: Arc::new(Uncounted),
            appender: Appender::start(store.clone(), Arc::new(Uncounted)).expect("a thread"),
        };
        let rooms = Dispatch::new(parts.clone(), 100);
        let (friendships, users) = (Dispatch::new(parts.clone(), 100), Dispatch::new(parts, 100));
        Self { opened, store, ann, bob, rooms, friendships, users, vault, site }
    }

    fn order<A: Decide>(&self, id: Uuid, command: A::Command) -> Order<A> {
        let actor = Actor { user: Some(self.ann), causation_id: None, correlation_id: "test".to_owned() };
        Order { id, name: "test", command, actor, key: None, guards: vec![], claims: vec![], credential: None }
    }

    async fn command(&self, room: RoomId, command: RoomCommand) -> Result<Outcome, Error> {
        self.rooms.send(self.order(room.0, command)).await
    }

    /// The event that a command must have led to.
    pub(super) fn done(&self, outcome: Result<Outcome, Error>) -> Envelope<Event> {
        match outcome {
            Ok(Outcome::Done(event)) => event,
            other => panic!("not done: {other:?}"),
        }
    }

    pub(super) async fn open_group(&self) -> RoomId {
        let room = RoomId(Uuid::now_v7());
        let members = vec![Invited { user: self.bob, blocked: false }];
        let opened = self.command(room, RoomCommand::OpenGroup(OpenGroup { opened_by: self.ann, name: None, members }));
        self.done(opened.await);
        room
    }

    pub(super) async fn open_direct(&self) -> RoomId {
        let room = RoomId::direct(self.ann, self.bob);
        let open = OpenDirect { opened_by: self.ann, other: self.bob, blocked: false };
        self.done(self.command(room, RoomCommand::OpenDirect(open)).await);
        room
    }

    fn message(author: UserId, content: &str) -> RoomCommand {
        RoomCommand::Send(SendMessage {
            message_id: MessageId(Uuid::now_v7()),
            author,
            content: content.to_owned(),
            message_type: MessageType::Text,
            reply_to: None,
            blocked: false,
        })
    }

    pub(super) async fn send(&self, room: &RoomId, content: &str) -> Result<Outcome, Error> {
        self.send_as(room, self.ann, content).await
    }

    pub(super) async fn send_as(&self, room: &RoomId, author: UserId, content: &str) -> Result<Outcome, Error> {
        self.command(*room, Self::message(author, content)).await
    }

    /// Sends under the key `key`, as the request `request`.
    pub(super) async fn send_with_key(
        &self,
        room: &RoomId,
        content: &str,
        key: u8,
        request: u8,
    ) -> Result<Outcome, Error> {
        let key = Key { user: self.ann, key: [key; 32], request: [request; 32], status: 201 };
        let order = self.order(room.0, Self::message(self.ann, content));
        self.rooms.send(Order { key: Some(key), ..order }).await
    }

    /// Sends as judged when the friendship was at `judged`.
    pub(super) async fn send_guarded(&self, room: &RoomId, judged: Version) -> Result<Outcome, Error> {
        let guards = vec![(StreamId::from(FriendshipId::between(self.ann, self.bob)), judged)];
        let order = self.order(room.0, Self::message(self.ann, "judged"));
        self.rooms.send(Order { guards, ..order }).await
    }

    pub(super) async fn rename(&self, room: &RoomId, name: &str) -> Result<Outcome, Error> {
        self.command(*room, RoomCommand::Rename(Rename { by: self.ann, name: Some(name.to_owned()) })).await
    }

    pub(super) async fn remove(&self, room: &RoomId, user: UserId) -> Result<Outcome, Error> {
        self.command(*room, RoomCommand::RemoveMember(RemoveMember { by: self.ann, user })).await
    }

    pub(super) async fn add(&self, room: &RoomId, user: UserId) -> Result<Outcome, Error> {
        let users = vec![Invited { user, blocked: false }];
        self.command(*room, RoomCommand::AddMembers(AddMembers { by: self.ann, users })).await
    }

    pub(super) async fn friendship_version(&self) -> Version {
        let id = FriendshipId::between(self.ann, self.bob);
        self.friendships.glance(id.0).await.expect("the store is there").version
    }

    pub(super) fn forget_friendship(&self) {
        self.friendships.forget(FriendshipId::between(self.ann, self.bob).0);
    }

    pub(super) fn outgrow_friendship(&self, version: Version) {
        self.friendships.outgrow(FriendshipId::between(self.ann, self.bob).0, version);
    }

    pub(super) async fn block(&self) {
        let id = FriendshipId::between(self.ann, self.bob);
        let block = FriendshipCommand::Block(Block { blocker: self.bob, blocked: self.ann });
        self.done(self.friendships.send(self.order(id.0, block)).await);
    }

    pub(super) async fn register(&self, (register, claim): (Register, Claim)) -> Result<Outcome, Error> {
        Vault::create(&*self.vault, register.user).await.expect("a key");
        let order = self.order(register.user.0, UserCommand::Register(register));
        self.users.send(Order { claims: vec![claim], ..order }).await
    }

    /// The numbers of the messages that are stored in `room`, in order.
    pub(super) async fn numbers(&self, room: &RoomId) -> Vec<u64> {
        let past = self.opened.history.after(StreamId::from(*room), 0).await.expect("the store is there");
        let number = |event: command_side::ports::Past| match read(
            &event.event_type,
            event.schema_version,
            &event.payload.to_string(),
        ) {
            Ok(RoomEvent::MessageSent { number, .. }) => Some(number),
            _ => None,
        };
        past.into_iter().filter_map(number).collect()
    }
}
