//! What follows from the end of an account: everybody who had to do with it is told, and its key is destroyed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::friendship::{ErasePerson, Friendship, FriendshipCommand};
use domain::inbox::{EraseInbox, Inbox, InboxCommand};
use domain::room::{EraseMember, Room, RoomCommand};
use domain::user::UserEvent;
use domain::{Actor, Decide, Envelope, Event, FriendshipId, InboxId, Position, UserId};
use uuid::Uuid;

use super::ProcessManager;
use crate::dispatch::{Dispatch, Order, Outcome};
use crate::ports::processes::{Fed, Feed};
use crate::ports::{Sessions, Ties, Unavailable, Vault};

/// How many rooms, people or accounts are looked up at once.
const PAGE: u32 = 100;
/// How long the key waits for the read models to have taken out what it sealed, so that a rebuild and the live model agree all along.
const PATIENCE: Duration = Duration::from_secs(10);

/// The process manager of accounts that end.
pub struct Deletion {
    pub rooms: Dispatch<Room>,
    pub friendships: Dispatch<Friendship>,
    pub inboxes: Dispatch<Inbox>,
    pub sessions: Arc<dyn Sessions>,
    pub vault: Arc<dyn Vault>,
    pub ties: Arc<dyn Ties>,
    /// The deletions.
    pub deletions: Arc<dyn Feed>,
}

#[async_trait]
impl ProcessManager for Deletion {
    const NAME: &'static str = "deletion";

    fn begin(&self) {}

    /// One that can not be carried out does not hold up those behind it: all of them come again, and are done again.
    async fn see_to(&self, events: &[Arc<Envelope>]) -> Result<(), Unavailable> {
        let mut outcome = Ok(());
        for event in events {
            if let Event::User(UserEvent::AccountDeleted {}) = event.payload {
                outcome = outcome.and(self.carry_out(UserId(event.stream.id), event).await);
            }
        }
        outcome
    }

    /// A backup of the keys that was put back holds keys that were destroyed since.
    async fn look_back(&self, seen_to: Position) -> Result<(), Unavailable> {
        let mut at = 0;
        while at < seen_to {
            let Fed { events, end } = self.deletions.after(at, PAGE as usize, Duration::ZERO).await?;
            let users = events.iter().filter(|event| event.position <= seen_to).map(|event| UserId(event.stream.id));
            for user in self.vault.holding(&users.collect::<Vec<_>>()).await? {
                self.vault.destroy(user).await?;
                tracing::warn!(%user, "the key of a deleted account had come back, and is destroyed again");
            }
            if events.is_empty() {
                return Ok(());
            }
            at = end;
        }
        Ok(())
    }
}

impl Deletion {
    async fn carry_out(&self, user: UserId, event: &Envelope) -> Result<(), Unavailable> {
        // The key is not to wait for what is away, and may be away for long.
        let told = self.tell_all(user, event).await;
        if told.is_ok() && !self.ties.are_caught_up(PATIENCE).await {
            tracing::warn!(%user, "the read models are behind: what is erased stands in them for a while");
        }
        self.vault.destroy(user).await?;
        told
    }

    /// Ends sessions, empties the inbox, and tells all rooms and people. One that can not be told does not hold up the others.
    async fn tell_all(&self, user: UserId, event: &Envelope) -> Result<(), Unavailable> {
        let sessions = self.sessions.end_all(user).await.map(|_| ());
        let rooms = self.tell_rooms(user, event).await;
        let others = self.tell_others(user, event).await;
        let inbox = self.empty_inbox(user, event).await;
        sessions.and(rooms).and(others).and(inbox)
    }

    async fn empty_inbox(&self, user: UserId, event: &Envelope) -> Result<(), Unavailable> {
        let command = InboxCommand::Erase(EraseInbox);
        tell(&self.inboxes, order("erase_inbox", InboxId::of(user).0, command, event)).await
    }

    async fn tell_rooms(&self, user: UserId, event: &Envelope) -> Result<(), Unavailable> {
        let (mut outcome, mut after) = (Ok(()), None);
        loop {
            let rooms = self.ties.rooms(user, after, PAGE).await?;
            let Some(last) = rooms.last() else { return outcome };
            after = Some(*last);
            for room in rooms {
                let command = RoomCommand::Erase(EraseMember { user });
                outcome = outcome.and(tell(&self.rooms, order("erase_member", room.0, command, event)).await);
            }
        }
    }

    async fn tell_others(&self, user: UserId, event: &Envelope) -> Result<(), Unavailable> {
        let (mut outcome, mut after) = (Ok(()), None);
        loop {
            let others = self.ties.others(user, after, PAGE).await?;
            let Some(last) = others.last() else { return outcome };
            after = Some(*last);
            for other in others {
                let pair = FriendshipId::between(user, other).0;
                let command = FriendshipCommand::Erase(ErasePerson { user, other });
                outcome = outcome.and(tell(&self.friendships, order("erase_person", pair, command, event)).await);
            }
        }
    }
}

async fn tell<A: Decide>(dispatch: &Dispatch<A>, order: Order<A>) -> Result<(), Unavailable> {
    let told: Result<Outcome, _> = dispatch.send(order).await;
    told.map(|_| ()).map_err(|error| Unavailable(error.to_string()))
}

/// A command of the system's own, in the course of what `event` was in the course of.
fn order<A: Decide>(name: &'static str, id: Uuid, command: A::Command, event: &Envelope) -> Order<A> {
    let (causation_id, correlation_id) = (Some(event.event_id.0), event.actor.correlation_id.clone());
    let actor = Actor { user: None, causation_id, correlation_id };
    Order { id, name, command, actor, key: None, guards: vec![], claims: vec![], credential: None }
}
