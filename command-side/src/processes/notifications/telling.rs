//! Telling one inbox, unless there is no need.

use std::sync::Arc;

use domain::inbox::{EndRequest, Inbox, InboxCommand, Matter, Notify, ReadRoom, TakeBack};
use domain::{Actor, Decide as _, Envelope, FriendshipId, InboxId, ReadCursorId, StreamId, UserId, Version};

use super::Notifications;
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
    TakeBack(TakeBack, Arc<Envelope>),
    EndRequest(EndRequest, Arc<Envelope>),
}

impl Notifications {
    pub(super) async fn notify(&self, notify: Notify, cause: &Envelope) -> Result<(), Unavailable> {
        let command = InboxCommand::Notify(notify);
        for _ in 0..MOST_TRIES {
            let inbox = self.parts.inboxes.look(InboxId::of(notify.owner).0).await?;
            if changes_nothing(&inbox.state, &command) || self.is_needless(&notify, cause).await? {
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
        let next = if moves_on { self.next(owner, &inbox.state, read.room, read.up_to, cause).await? } else { None };
        let command = InboxCommand::ReadRoom(ReadRoom { next, ..read });
        self.parts.inboxes.send(order(owner, "read_room", command, cause)).await.map(|_| ()).map_err(failed)
    }

    pub(super) async fn take_back(&self, owner: UserId, gone: TakeBack, cause: &Envelope) -> Result<(), Unavailable> {
        let inbox = self.parts.inboxes.look(InboxId::of(owner).0).await?;
        if changes_nothing(&inbox.state, &InboxCommand::TakeBack(gone)) {
            return Ok(());
        }
        let moves_on = inbox.state.message_of(gone.room) == Some(gone.version);
        let next = if moves_on { self.next(owner, &inbox.state, gone.room, gone.version, cause).await? } else { None };
        let command = InboxCommand::TakeBack(TakeBack { next, ..gone });
        self.parts.inboxes.send(order(owner, "take_back", command, cause)).await.map(|_| ()).map_err(failed)
    }

    pub(super) async fn end_request(
        &self,
        owner: UserId,
        ended: EndRequest,
        cause: &Envelope,
    ) -> Result<(), Unavailable> {
        let command = InboxCommand::EndRequest(ended);
        let inbox = self.parts.inboxes.look(InboxId::of(owner).0).await?;
        if changes_nothing(&inbox.state, &command) {
            return Ok(());
        }
        self.parts.inboxes.send(order(owner, "end_request", command, cause)).await.map(|_| ()).map_err(failed)
    }

    /// Whether they know of it already: they have read the room up to there, or have it before their eyes.
    async fn is_needless(&self, notify: &Notify, cause: &Envelope) -> Result<bool, Unavailable> {
        let (Matter::Message(said) | Matter::Mention(said)) = notify.matter else { return Ok(false) };
        let mark = self.parts.read_cursors.look(ReadCursorId::of(said.room, notify.owner).0).await?;
        // Where a mention came with an edit, having read what stood there before is not enough.
        Ok(mark.state.up_to() >= cause.version || self.parts.watchers.is_watching(notify.owner, said.room).await)
    }

    /// That neither has blocked the other, as a guard.
    pub(super) async fn unless_blocked(
        &self,
        a: UserId,
        b: UserId,
    ) -> Result<Option<(StreamId, Version)>, Unavailable> {
        let id = FriendshipId::between(a, b);
        let pair = self.parts.friendships.look(id.0).await?;
        Ok((!pair.state.is_blocked()).then_some((id.into(), pair.version)))
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
