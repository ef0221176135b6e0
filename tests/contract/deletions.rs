//! The accounts that were deleted, as a process manager is fed with them.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::Append;
use command_side::ports::processes::Feed;
use domain::user::UserEvent;
use domain::{Event, UserId};

use super::given::{ending, item, somebody, stream};

/// A fresh store.
pub(super) struct Registry {
    pub(super) append: Arc<dyn Append>,
    pub(super) deletions: Arc<dyn Feed>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Registry:
    deletions_are_found_in_their_order_and_nothing_else_is,
    whoever_waits_learns_of_a_deletion,
);

impl Registry {
    async fn deleted(&self, after: u64, limit: usize) -> Vec<(u64, UserId)> {
        let found = self.deletions.after(after, limit, Duration::ZERO).await.expect("the store is there");
        let found: Vec<_> = found.events.iter().map(|event| (event.position, UserId(event.stream.id))).collect();
        assert!(found.len() <= limit);
        found
    }

    /// Deletes somebody's account, behind two other events; where.
    async fn delete(&self) -> (u64, UserId) {
        let user = somebody();
        let answers = self.append.append(&[item(stream(), 0, 2), ending(user, 0)]).await.expect("the store is there");
        (answers[1].as_ref().expect("no conflict").position, user)
    }
}

async fn deletions_are_found_in_their_order_and_nothing_else_is(registry: Registry) {
    let mut all = vec![];
    for _ in 0..3 {
        all.push(registry.delete().await);
    }
    assert_eq!(registry.deleted(0, 10).await, all);
    assert_eq!(registry.deleted(0, 2).await, all[..2]);
    assert_eq!(registry.deleted(all[0].0, 10).await, all[1..]);
    assert_eq!(registry.deleted(all[2].0, 10).await, []);
    let found = registry.deletions.after(0, 1, Duration::ZERO).await.expect("the store is there");
    assert_eq!((found.events[0].payload.clone(), found.end), (Event::User(UserEvent::AccountDeleted {}), all[0].0));
    assert_eq!(registry.deletions.head().await, Ok(all[2].0));
}

async fn whoever_waits_learns_of_a_deletion(registry: Registry) {
    let begun = Instant::now();
    let nothing = registry.deletions.after(0, 1, Duration::from_millis(300)).await.expect("the store is there");
    assert!(nothing.events.is_empty() && nothing.end == 0);
    assert_eq!(registry.deletions.head().await, Ok(0));
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let waiting = registry.deletions.after(0, 1, Duration::from_secs(20));
    let (found, deleted) = futures::join!(waiting, registry.delete());
    assert_eq!(found.expect("the store is there").end, deleted.0);
    assert!(begun.elapsed() < Duration::from_secs(15));
}
