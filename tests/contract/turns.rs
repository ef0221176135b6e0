//! Process managers: whose turn it is, and the deletions that one of them reacts to.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::Append;
use command_side::ports::process::{Happenings, Turns};
use domain::user::UserEvent;
use domain::{Event, UserId};
use uuid::Uuid;

use super::given::{ending, item, somebody, stream};

/// A fresh store.
pub(super) struct Office {
    pub(super) append: Arc<dyn Append>,
    pub(super) turns: Arc<dyn Turns>,
    pub(super) deletions: Arc<dyn Happenings>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Office:
    a_turn_begins_at_nothing_and_goes_on_where_it_was,
    it_never_goes_back,
    process_managers_do_not_meet,
    deletions_are_found_in_their_order_and_nothing_else_is,
    whoever_waits_learns_of_a_deletion,
);

const ME: Uuid = Uuid::from_u128(1);

impl Office {
    async fn take(&self, process: &str) -> u64 {
        self.turns.take(process, ME).await.expect("the store is there").expect("nobody else is here")
    }

    async fn done(&self, process: &str, position: u64) {
        assert_eq!(self.turns.done(process, ME, position).await, Ok(true));
    }

    async fn deleted(&self, after: u64, limit: usize) -> Vec<(u64, UserId)> {
        let found = self.deletions.after(after, limit, Duration::ZERO).await.expect("the store is there");
        found.iter().map(|event| (event.position, UserId(event.stream.id))).collect()
    }

    /// Deletes somebody's account, behind two other events; where.
    async fn delete(&self) -> (u64, UserId) {
        let user = somebody();
        let answers = self.append.append(&[item(stream(), 0, 2), ending(user, 0)]).await.expect("the store is there");
        (answers[1].as_ref().expect("no conflict").position, user)
    }
}

async fn a_turn_begins_at_nothing_and_goes_on_where_it_was(office: Office) {
    assert_eq!(office.take("a").await, 0);
    office.done("a", 7).await;
    assert_eq!(office.take("a").await, 7);
}

async fn it_never_goes_back(office: Office) {
    office.take("a").await;
    office.done("a", 7).await;
    office.done("a", 3).await;
    assert_eq!(office.take("a").await, 7);
}

async fn process_managers_do_not_meet(office: Office) {
    office.take("a").await;
    office.done("a", 7).await;
    assert_eq!(office.take("b").await, 0);
}

async fn deletions_are_found_in_their_order_and_nothing_else_is(office: Office) {
    let mut all = vec![];
    for _ in 0..3 {
        all.push(office.delete().await);
    }
    assert_eq!(office.deleted(0, 10).await, all);
    assert_eq!(office.deleted(0, 2).await, all[..2]);
    assert_eq!(office.deleted(all[0].0, 10).await, all[1..]);
    assert_eq!(office.deleted(all[2].0, 10).await, []);
    let found = office.deletions.after(0, 1, Duration::ZERO).await.expect("the store is there");
    assert_eq!(found[0].payload, Event::User(UserEvent::AccountDeleted {}));
}

async fn whoever_waits_learns_of_a_deletion(office: Office) {
    let begun = Instant::now();
    assert!(office.deletions.after(0, 1, Duration::from_millis(300)).await.expect("the store is there").is_empty());
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let waiting = office.deletions.after(0, 1, Duration::from_secs(20));
    let (found, deleted) = futures::join!(waiting, office.delete());
    assert_eq!(found.expect("the store is there")[0].position, deleted.0);
    assert!(begun.elapsed() < Duration::from_secs(15));
}
