//! From what happens to what people are told of it.

mod causes;
mod changes;
mod members;
mod next;
mod telling;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::friendship::Friendship;
use domain::inbox::Inbox;
use domain::read_cursor::ReadCursor;
use domain::{Envelope, Event, InboxId, UserId};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::ProcessManager;
use crate::dispatch::Dispatch;
use crate::ports::processes::Watchers;
use crate::ports::{Claims, Digests, History, Unavailable, Vault};
use members::Members;
use telling::{Telling, unread_only};

/// Inboxes that are told at the same time.
const AT_ONCE: usize = 32;

/// What notifications are made with.
pub struct Parts {
    pub inboxes: Dispatch<Inbox>,
    pub friendships: Dispatch<Friendship>,
    pub read_cursors: Dispatch<ReadCursor>,
    pub history: Arc<dyn History>,
    pub vault: Arc<dyn Vault>,
    pub claims: Arc<dyn Claims>,
    pub digests: Arc<dyn Digests>,
    pub watchers: Arc<dyn Watchers>,
    /// For how long those are kept that were read.
    pub kept: Duration,
}

/// Tells people what concerns them.
pub struct Notifications {
    parts: Parts,
    members: Members,
}

impl Notifications {
    /// Made of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let members = Members::new(parts.history.clone());
        Self { parts, members }
    }
}

#[async_trait]
impl ProcessManager for Notifications {
    const NAME: &'static str = "notifications";

    fn begin(&self) {
        self.members.forget();
    }

    async fn see_to(&self, events: &[Arc<Envelope>]) -> Result<(), Unavailable> {
        // Each inbox is told in the order of the log; one does not wait for another.
        let mut by_owner: HashMap<UserId, Vec<Telling>> = HashMap::new();
        for event in events {
            // Another process may have appended it: what is decided here is to rest on that.
            match event.payload {
                Event::Inbox(_) => {
                    by_owner.entry(UserId(event.stream.id)).or_default().push(Telling::Moved(event.version));
                }
                Event::ReadCursor(_) => self.parts.read_cursors.outgrow(event.stream.id, event.version),
                Event::Friendship(_) => self.parts.friendships.outgrow(event.stream.id, event.version),
                Event::User(_) | Event::Room(_) => {}
            }
            for (owner, telling) in self.causes(event).await? {
                by_owner.entry(owner).or_default().push(telling);
            }
        }
        let told = by_owner.into_iter().map(|(owner, tellings)| self.tell_all(owner, unread_only(tellings)));
        stream::iter(told).buffer_unordered(AT_ONCE).try_collect().await
    }
}

impl Notifications {
    async fn tell_all(&self, owner: UserId, tellings: Vec<Telling>) -> Result<(), Unavailable> {
        for telling in tellings {
            match telling {
                Telling::Moved(version) => self.parts.inboxes.outgrow(InboxId::of(owner).0, version),
                Telling::Notify(notify, cause) => self.notify(notify, &cause).await?,
                Telling::ReadRoom(read, cause) => self.read_room(owner, read, &cause).await?,
                Telling::TakeBack(gone, cause) => self.take_back(owner, gone, &cause).await?,
                Telling::EndRequest(ended, cause) => self.end_request(owner, ended, &cause).await?,
            }
        }
        Ok(())
    }
}
