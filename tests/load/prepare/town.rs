//! Very many people, friendships and messages, put into the stores of a server that does not run: over HTTP, hashing so many
//! passwords alone would take half an hour.

use std::fmt::Display;
use std::sync::Arc;

use command_side::dispatch::{self, Appender, Dispatch, Order, Outcome};
use command_side::ports::{Meter, Vault as _};
use command_side::processes::{Notifications, ProcessManager as _};
use domain::friendship::{AcceptRequest, Block, Friendship, FriendshipCommand, RequestFriendship};
use domain::inbox::{Inbox, InboxCommand, Matter, Notify, Said};
use domain::room::{DeleteMessage, Invited, MessageType, OpenGroup, Room, RoomCommand, SendMessage};
use domain::user::{Register, User, UserCommand};
use domain::{Actor, Decide, Envelope, Event, FriendshipId, InboxId, MessageId, RoomId, UserId};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use infra::adapters::older::settle;
use infra::adapters::stores::Stores;
use infra::config::Settings;
use infra::telemetry::Metrics;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::words::Chance;
use crate::error::Error;

/// Commands on their way at a time.
const AT_ONCE: usize = 512;
const CACHED: usize = 20_000;
const SAY_EVERY: usize = 100_000;

type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The stores, and who commands there.
pub(crate) struct Town {
    stores: Stores,
    background: Vec<JoinHandle<Ended>>,
    users: Dispatch<User>,
    friendships: Dispatch<Friendship>,
    rooms: Dispatch<Room>,
    inboxes: Dispatch<Inbox>,
}

/// A group, and who is in it.
pub(crate) struct Group {
    pub(crate) id: RoomId,
    members: Vec<UserId>,
}

/// Something that was said, and by whom.
pub(crate) type Sent = (UserId, Envelope<Event>, Said);

impl Town {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Error> {
        let mut stores = Stores::open(settings).await.map_err(failed)?;
        let background = std::mem::take(&mut stores.background).into_iter().map(tokio::spawn).collect();
        let meter: Arc<dyn Meter> = Arc::new(Metrics::default());
        let parts = dispatch::Parts {
            history: stores.history.clone(),
            snapshots: stores.snapshots.clone(),
            keys: stores.keys.clone(),
            vault: stores.vault.clone(),
            appender: Appender::start(stores.append.clone(), meter.clone())?,
            meter,
        };
        let (users, friendships) = (Dispatch::new(parts.clone(), CACHED), Dispatch::new(parts.clone(), CACHED));
        let (rooms, inboxes) = (Dispatch::new(parts.clone(), CACHED), Dispatch::new(parts, CACHED));
        Ok(Self { stores, background, users, friendships, rooms, inboxes })
    }

    /// So many people with names of two words, who never sign in.
    pub(crate) async fn people(&self, chance: &mut Chance, count: usize) -> Result<Vec<UserId>, Error> {
        let registers = (0..count).map(|n| {
            let (user, (given, family)) = (UserId(Uuid::now_v7()), chance.name());
            let (email, username) = (format!("{given}{n}@example.org"), Some(format!("{given}_{n}")));
            Register { user, email, username, nickname: format!("{given} {family}") }
        });
        all("people", registers, |register| async move {
            let user = register.user;
            self.stores.vault.create(user).await.map_err(failed)?;
            self.users.send(order(user.0, user, UserCommand::Register(register))).await.map_err(failed)?;
            Ok(user)
        })
        .await
    }

    /// `one` asks all of `others`, of whom the first `accepting` accept, and blocks the last `blocked`.
    pub(crate) async fn befriend(
        &self,
        one: UserId,
        others: &[UserId],
        accepting: usize,
        blocked: usize,
    ) -> Result<(), Error> {
        let last = others.len() - blocked;
        let pairs = others.iter().copied().enumerate();
        all("friendships", pairs, |(n, other)| async move {
            if n >= last {
                return self
                    .between(one, other, FriendshipCommand::Block(Block { blocker: one, blocked: other }))
                    .await;
            }
            let request = RequestFriendship { requester: one, addressee: other, message: None };
            self.between(one, other, FriendshipCommand::Request(request)).await?;
            match n < accepting {
                true => self.between(other, one, FriendshipCommand::Accept(AcceptRequest { by: other })).await,
                false => Ok(()),
            }
        })
        .await
        .map(|_: Vec<()>| ())
    }

    async fn between(&self, by: UserId, other: UserId, command: FriendshipCommand) -> Result<(), Error> {
        let pair = FriendshipId::between(by, other);
        self.friendships.send(order(pair.0, by, command)).await.map(|_| ()).map_err(failed)
    }

    /// A group of `one` and `others`.
    pub(crate) async fn group(&self, one: UserId, others: &[UserId]) -> Result<Group, Error> {
        let id = RoomId(Uuid::now_v7());
        let members = others.iter().map(|user| Invited { user: *user, blocked: false }).collect();
        let command = RoomCommand::OpenGroup(OpenGroup { opened_by: one, name: Some("load".to_owned()), members });
        self.rooms.send(order(id.0, one, command)).await.map_err(failed)?;
        Ok(Group { id, members: others.to_vec() })
    }

    /// Members of `groups` say so many things: half of it in the first, the rest in the others, more in some than in others. One in a
    /// hundred is deleted. Gives the last thousands of what was said in the first.
    pub(crate) async fn talk(
        &self,
        chance: &mut Chance,
        groups: &[Group],
        messages: usize,
    ) -> Result<Vec<Sent>, Error> {
        let sends = (0..messages).map(|n| {
            let group = &groups[if n % 2 == 0 { 0 } else { chance.rank(groups.len()) }];
            let author = group.members[chance.below(group.members.len())];
            (n, group.id, author, chance.sentence())
        });
        let sent: Vec<Option<Box<Sent>>> = all("messages", sends, |(n, room, author, content)| async move {
            let sent = self.say(room, author, content).await?;
            if n % 100 == 0 {
                let command = RoomCommand::Delete(DeleteMessage { by: author, message_id: sent.2.message });
                self.rooms.send(order(room.0, author, command)).await.map_err(failed)?;
            }
            Ok((messages - n < 10_000 && room == groups[0].id).then(|| Box::new(sent)))
        })
        .await?;
        Ok(sent.into_iter().flatten().map(|sent| *sent).collect())
    }

    async fn say(&self, room: RoomId, author: UserId, content: String) -> Result<Sent, Error> {
        let message = MessageId(Uuid::now_v7());
        let message_type = MessageType::Text;
        let send = SendMessage { message_id: message, author, content, message_type, reply_to: None, blocked: false };
        match self.rooms.send(order(room.0, author, RoomCommand::Send(send))).await.map_err(failed)? {
            Outcome::Done(event) => Ok((author, event.clone(), Said { room, message, version: event.version })),
            other => Err(failed(format!("{other:?}"))),
        }
    }

    /// Tells `owner` of all that was said, in the order of the log.
    pub(crate) async fn tell(&self, owner: UserId, mut sent: Vec<Sent>) -> Result<(), Error> {
        sent.sort_unstable_by_key(|(_, event, _)| event.position);
        for (actor, event, said) in sent {
            let matter = Matter::Mention(said);
            let notify = Notify { owner, event: event.event_id, cause: event.position, actor, matter, old: 0 };
            let told = order(InboxId::of(owner).0, owner, InboxCommand::Notify(notify));
            self.inboxes.send(told).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Leaves the stores to the server, which tells nobody of what happened here.
    pub(crate) async fn close(self) -> Result<(), Error> {
        settle(&self.stores, Notifications::NAME).await.map_err(failed)?;
        self.background.iter().for_each(JoinHandle::abort);
        let Self { stores, users, friendships, rooms, inboxes, .. } = self;
        drop((users, friendships, rooms, inboxes));
        stores.close.await;
        Ok(())
    }
}

/// Does all of it, some at a time, and says how far it is.
async fn all<I, T, F: Future<Output = Result<T, Error>>>(
    what: &str,
    things: impl Iterator<Item = I>,
    act: impl Fn(I) -> F,
) -> Result<Vec<T>, Error> {
    let mut doing = stream::iter(things.map(act)).buffered(AT_ONCE);
    let mut done = vec![];
    while let Some(one) = doing.try_next().await? {
        done.push(one);
        if done.len() % SAY_EVERY == 0 {
            eprintln!("load: {} {what}", done.len());
        }
    }
    Ok(done)
}

fn order<A: Decide>(id: Uuid, by: UserId, command: A::Command) -> Order<A> {
    let actor = Actor { user: Some(by), causation_id: None, correlation_id: "load".to_owned() };
    Order { id, name: "load", command, actor, key: None, guards: vec![], claims: vec![], credential: None }
}

fn failed(error: impl Display) -> Error {
    Error::Store(error.to_string())
}
