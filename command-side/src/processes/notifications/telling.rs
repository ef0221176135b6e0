//! Telling one inbox, unless there is no need.

use std::sync::Arc;

use domain::inbox::{Inbox, InboxCommand, Matter, Notify, ReadRoom, Said};
use domain::room::RoomEvent;
use domain::{
    Actor, Decide as _, Envelope, Event, FriendshipId, InboxId, MessageId, ReadCursorId, StreamId, UserId, Version,
};

use super::Notifications;
use super::members::read;
use crate::dispatch::{Error, Order};
use crate::ports::Unavailable;

/// How often somebody who is told is looked at again when what was judged has changed.
const MOST_TRIES: usize = 8;

/// What is to be said to an inbox, and which event leads to it.
pub(super) enum Telling {
    /// It has come to this version.
    Moved(Version),
    Notify(Notify, Arc<Envelope>),
    ReadRoom(ReadRoom, Arc<Envelope>),
}

impl Notifications {
    pub(super) async fn notify(&self, notify: Notify, cause: &Envelope) -> Result<(), Unavailable> {
        let command = InboxCommand::Notify(notify);
        for _ in 0..MOST_TRIES {
            let inbox = self.parts.inboxes.look(InboxId::of(notify.owner).0).await?;
            if changes_nothing(&inbox.state, &command) || self.is_needless(&notify).await? {
                return Ok(());
            }
            let Some(guard) = self.unless_blocked(notify.owner, notify.actor).await? else { return Ok(()) };
            let order = Order { guards: vec![guard], ..order(notify.owner, "notify", command.clone(), cause) };
            match self.parts.inboxes.send(order).await {
                Err(Error::GuardBroken) => self.parts.friendships.forget(guard.0.id),
                answer => return answer.map(|_| ()).map_err(failed),
            }
        }
        Err(failed(Error::GuardBroken))
    }

    pub(super) async fn read_room(&self, owner: UserId, read: ReadRoom, cause: &Envelope) -> Result<(), Unavailable> {
        let inbox = self.parts.inboxes.look(InboxId::of(owner).0).await?;
        if changes_nothing(&inbox.state, &InboxCommand::ReadRoom(read)) {
            return Ok(());
        }
        let moves_on = inbox.state.message_of(read.room).is_some_and(|version| version <= read.up_to);
        let next = if moves_on { self.next(owner, &read, cause).await? } else { None };
        let command = InboxCommand::ReadRoom(ReadRoom { next, ..read });
        self.parts.inboxes.send(order(owner, "read_room", command, cause)).await.map(|_| ()).map_err(failed)
    }

    /// Whether they know of it already: they have read it, or have the room before their eyes.
    async fn is_needless(&self, notify: &Notify) -> Result<bool, Unavailable> {
        let (Matter::Message(said) | Matter::Mention(said)) = notify.matter else { return Ok(false) };
        let mark = self.parts.read_cursors.look(ReadCursorId::of(said.room, notify.owner).0).await?;
        Ok(mark.state.up_to() >= said.version || self.parts.watchers.is_watching(notify.owner, said.room).await)
    }

    /// That neither has blocked the other, as a guard.
    async fn unless_blocked(&self, a: UserId, b: UserId) -> Result<Option<(StreamId, Version)>, Unavailable> {
        let id = FriendshipId::between(a, b);
        let pair = self.parts.friendships.look(id.0).await?;
        Ok((!pair.state.is_blocked()).then_some((id.into(), pair.version)))
    }

    /// The first message that stays unread when a room is read in part. What comes later in the log is told by itself.
    async fn next(&self, owner: UserId, done: &ReadRoom, cause: &Envelope) -> Result<Option<Notify>, Unavailable> {
        let stored = self.parts.history.next_of_type(done.room.into(), "MessageSent", done.up_to).await?;
        let Some(stored) = stored.filter(|stored| stored.position < cause.position) else { return Ok(None) };
        let event = read(stored)?;
        let Some((message, author)) = message(&event).filter(|(_, author)| *author != owner) else { return Ok(None) };
        if self.unless_blocked(owner, author).await?.is_none() {
            return Ok(None);
        }
        let said = Said { room: done.room, message, version: event.version };
        Ok(Some(self.notice(owner, author, Matter::Message(said), &event)))
    }
}

fn message(event: &Envelope) -> Option<(MessageId, UserId)> {
    match &event.payload {
        Event::Room(RoomEvent::MessageSent { message_id, author, .. }) => Some((*message_id, *author)),
        _ => None,
    }
}

fn changes_nothing(inbox: &Inbox, command: &InboxCommand) -> bool {
    inbox.decide(command).is_ok_and(|events| events.is_empty())
}

fn order(owner: UserId, name: &'static str, command: InboxCommand, cause: &Envelope) -> Order<Inbox> {
    let correlation_id = cause.actor.correlation_id.clone();
    let actor = Actor { user: None, causation_id: Some(cause.event_id.0), correlation_id };
    let id = InboxId::of(owner).0;
    Order { id, name, command, actor, key: None, guards: vec![], claims: vec![], credential: None }
}

fn failed(error: Error) -> Unavailable {
    Unavailable(error.to_string())
}
