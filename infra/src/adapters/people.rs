//! What replies show of people and rooms, looked up in the read models.

mod unknown;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use command_side::api::Error;
use command_side::api::views::{MessageView, Presence};
use command_side::ports::{People, Person, RoomGlance};
use domain::{RoomId, UserId, Version};
use parking_lot::Mutex;
use query_side::Queries;
use query_side::names::Names;
use query_side::ports::NumberedMessage;

use unknown::Unknown;

/// Looks through the read side.
pub struct ReadPeople {
    names: Arc<Names>,
    queries: Arc<Queries>,
    unknown: Mutex<Unknown>,
}

impl ReadPeople {
    /// Names from `names`, the rest by queries.
    #[must_use]
    pub fn new(names: Arc<Names>, queries: Arc<Queries>) -> Self {
        Self { names, queries, unknown: Mutex::default() }
    }
}

#[async_trait]
impl People for ReadPeople {
    async fn names(&self, users: &[UserId]) -> HashMap<UserId, Person> {
        let asked = self.unknown.lock().worth_asking_for(users);
        let known = self.names.of(&asked).await;
        let missing: Vec<_> = asked.iter().copied().filter(|user| !known.contains_key(user)).collect();
        let waited = self.unknown.lock().worth_waiting_for(&missing);
        if waited.is_empty() {
            self.unknown.lock().asked(&missing);
            return known;
        }
        // Somebody who came a moment ago: the directory need not have got so far.
        self.queries.catch_up_with(&waited).await;
        let known = self.names.of(&asked).await;
        self.unknown.lock().waited(waited.into_iter().filter(|user| !known.contains_key(user)));
        known
    }

    async fn presence(&self, user: UserId) -> Presence {
        self.queries.presence(user).await
    }

    async fn glance(&self, user: UserId, room: RoomId) -> RoomGlance {
        let glance = self.queries.glance(user, room).await.map_err(left_out).unwrap_or_default();
        RoomGlance { last_message: glance.last_message, unread_count: glance.unread_count }
    }

    async fn unread(&self, user: UserId, room: RoomId, number: u64) -> u64 {
        self.queries.unread(user, room, number).await.map_err(left_out).unwrap_or_default()
    }

    async fn with_readers(&self, user: UserId, message: MessageView, number: u64) -> MessageView {
        let readers = self.queries.readers(user, NumberedMessage { number, view: message.clone() }).await;
        readers.map_err(left_out).unwrap_or(message)
    }

    async fn preview(&self, user: UserId, version: Version) -> Option<String> {
        self.queries.preview(user, version).await.map_err(left_out).unwrap_or_default()
    }
}

fn left_out(error: Error) {
    tracing::warn!(%error, "a reply leaves out what the read models would say");
}

#[cfg(test)]
mod tests {
    use command_side::api::views::Presence;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use projections::ports::Partition;
    use query_side::Positions;
    use query_side::ports::{Directory, Freshness, LastWrite, Presences, ReadModels, Reading, Timeline, Unavailable};
    use uuid::Uuid;

    use super::*;

    /// Read models that nobody feeds.
    #[derive(Default)]
    struct Unfed {
        asked: AtomicUsize,
        waited: AtomicUsize,
    }

    const WRITTEN: u64 = 9;

    #[async_trait]
    impl Freshness for Unfed {
        async fn last_written(&self, _user: UserId) -> LastWrite {
            Some(Positions::of(0, WRITTEN)).into()
        }
    }

    #[async_trait]
    impl Presences for Unfed {
        async fn of(&self, _: &[UserId]) -> Result<HashMap<UserId, Presence>, Unavailable> {
            Err(Unavailable("not there".to_owned()))
        }

        fn remembers_since(&self) -> domain::Timestamp {
            domain::Timestamp(0)
        }
    }

    #[async_trait]
    impl ReadModels for Unfed {
        async fn directory(&self, bound: &Positions, _: Duration) -> Result<Reading<dyn Directory>, Unavailable> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.waited.fetch_add(usize::from(bound.get(0) == WRITTEN), Ordering::SeqCst);
            Err(Unavailable("not there".to_owned()))
        }

        async fn timeline(&self, _: &Positions, _: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
            Err(Unavailable("not there".to_owned()))
        }

        fn partition_of(&self, _room: RoomId) -> Partition {
            0
        }

        fn partition_of_inbox(&self, _user: UserId) -> Partition {
            0
        }
    }

    #[tokio::test]
    async fn somebody_waited_for_in_vain_is_not_waited_for_again_soon() {
        let unfed = Arc::new(Unfed::default());
        let (names, queries) = (Names::new(unfed.clone()), Queries::new(unfed.clone(), unfed.clone(), unfed.clone()));
        let people = ReadPeople::new(Arc::new(names), Arc::new(queries));
        let [ann, bob] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
        for asked in [vec![ann], vec![ann], vec![ann, bob], vec![bob, ann]] {
            assert!(people.names(&asked).await.is_empty());
        }
        assert_eq!(unfed.waited.load(Ordering::SeqCst), 2, "once for each");
        assert_eq!(unfed.asked.load(Ordering::SeqCst), 6, "before, for the wait, and after it, for each");
    }
}
