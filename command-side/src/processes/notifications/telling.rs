//! Telling one inbox, unless there is no need.

use std::collections::HashMap;
use std::sync::Arc;

use domain::inbox::{EndRequest, Inbox, InboxCommand, Matter, Notify, ReadRoom, Said, TakeBack};
use domain::{Actor, Decide as _, Envelope, FriendshipId, InboxId, ReadCursorId, RoomId, StreamId, UserId, Version};

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

/// Without what was read further on: whoever is far behind would tell people at length what they know, and never catch up where many
/// write to each other.
pub(super) fn unread_only(tellings: Vec<Telling>) -> Vec<Telling> {
    let mut read: HashMap<RoomId, Version> = HashMap::new();
    let mut left = Vec::with_capacity(tellings.len());
    for telling in tellings.into_iter().rev() {
        match &telling {
            Telling::ReadRoom(ReadRoom { room, up_to, .. }, _) => {
                let mark = read.entry(*room).or_default();
                *mark = (*up_to).max(*mark);
            }
            Telling::Notify(notify, cause)
                if said(notify).and_then(|said| read.get(&said.room)).is_some_and(|mark| *mark >= cause.version) =>
            {
                continue;
            }
            _ => {}
        }
        left.push(telling);
    }
    left.reverse();
    left
}

/// The message of which is told.
const fn said(notify: &Notify) -> Option<Said> {
    match notify.matter {
        Matter::Message(said) | Matter::Mention(said) => Some(said),
        _ => None,
    }
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
        let Some(said) = said(notify) else { return Ok(false) };
        // Who has read it meanwhile, as another process knows, is told too much until that comes by in the log.
        let mark = self.parts.read_cursors.glance(ReadCursorId::of(said.room, notify.owner).0).await?;
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
        let pair = self.parts.friendships.glance(id.0).await?;
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

#[cfg(test)]
mod tests {
    use domain::room::RoomEvent;
    use domain::{EventId, MessageId, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ROOM: RoomId = RoomId(Uuid::from_u128(9));
    const OTHER_ROOM: RoomId = RoomId(Uuid::from_u128(8));
    const BOB: UserId = UserId(Uuid::from_u128(2));

    /// What happened in a room at a version of it.
    fn cause(room: RoomId, version: Version) -> Arc<Envelope> {
        Arc::new(Envelope {
            position: version,
            stream: room.into(),
            version,
            event_id: EventId(Uuid::from_u128(version.into())),
            recorded_at: Timestamp(0),
            actor: Actor { user: None, causation_id: None, correlation_id: String::new() },
            payload: RoomEvent::RoomClosed {}.into(),
        })
    }

    fn told(matter: Matter, cause: Arc<Envelope>) -> Telling {
        let notify = Notify { owner: BOB, event: cause.event_id, cause: cause.position, actor: BOB, matter, old: 0 };
        Telling::Notify(notify, cause)
    }

    fn sent(room: RoomId, version: Version) -> Telling {
        told(Matter::Message(Said { room, message: MessageId(Uuid::nil()), version }), cause(room, version))
    }

    fn read(room: RoomId, up_to: Version) -> Telling {
        Telling::ReadRoom(ReadRoom { room, up_to, cause: up_to, next: None }, cause(room, up_to))
    }

    /// Which of them are left.
    fn left(tellings: Vec<Telling>) -> Vec<(&'static str, Version)> {
        let name = |telling: Telling| match telling {
            Telling::Notify(_, cause) => ("told", cause.version),
            Telling::ReadRoom(read, _) => ("read", read.up_to),
            _ => ("other", 0),
        };
        unread_only(tellings).into_iter().map(name).collect()
    }

    #[test]
    fn what_is_read_further_on_is_not_told() {
        let all = vec![sent(ROOM, 1), sent(ROOM, 2), read(ROOM, 3), sent(ROOM, 4), sent(ROOM, 6), read(ROOM, 5)];
        assert_eq!(left(all), [("read", 3), ("told", 6), ("read", 5)]);
    }

    #[test]
    fn what_was_read_before_or_elsewhere_hides_nothing() {
        let all = vec![read(ROOM, 3), sent(ROOM, 2), sent(OTHER_ROOM, 2), read(ROOM, 1)];
        assert_eq!(left(all), [("read", 3), ("told", 2), ("told", 2), ("read", 1)]);
    }

    #[test]
    fn a_mention_that_came_with_an_edit_is_told_to_who_has_read_what_stood_before() {
        let said = Said { room: ROOM, message: MessageId(Uuid::nil()), version: 2 };
        let edited = || told(Matter::Mention(said), cause(ROOM, 5));
        assert_eq!(left(vec![edited(), read(ROOM, 4)]), [("told", 5), ("read", 4)]);
        assert_eq!(left(vec![edited(), read(ROOM, 5)]), [("read", 5)]);
    }

    #[test]
    fn who_is_invited_is_told_of_it_whatever_they_read() {
        let all = vec![told(Matter::RoomInvited(ROOM, 1), cause(ROOM, 1)), read(ROOM, 3)];
        assert_eq!(left(all), [("told", 1), ("read", 3)]);
    }
}
