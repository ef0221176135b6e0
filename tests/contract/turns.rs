//! Turns with a process manager: one process at a time, and what it has seen to.

use std::any::Any;
use std::sync::Arc;

use command_side::ports::processes::{Turn, Turns};

/// The turns of a fresh process manager as two processes have them.
pub(super) struct Tables {
    pub(super) one: Arc<dyn Turns>,
    /// None where no other process can be.
    pub(super) other: Option<Arc<dyn Turns>>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Tables:
    it_begins_at_the_beginning_and_goes_on_where_it_was_noted,
    what_is_noted_twice_is_noted,
    nobody_else_has_the_turn_until_it_is_given_up,
    who_has_lost_the_turn_notes_nothing,
);

async fn taken(turns: &dyn Turns) -> Turn {
    turns.take().await.expect("the store is there").expect("nobody else has it")
}

async fn keep(turns: &dyn Turns, turn: Turn, position: u64) -> bool {
    turns.keep(Turn { position, ..turn }).await.expect("the store is there")
}

async fn it_begins_at_the_beginning_and_goes_on_where_it_was_noted(tables: Tables) {
    let turn = taken(&*tables.one).await;
    assert_eq!(turn.position, 0);
    assert!(keep(&*tables.one, turn, 7).await);
    tables.one.release(turn.epoch).await;
    assert_eq!(taken(&*tables.one).await.position, 7);
}

async fn what_is_noted_twice_is_noted(tables: Tables) {
    let turn = taken(&*tables.one).await;
    for _ in 0..2 {
        assert!(keep(&*tables.one, turn, 9).await);
    }
    tables.one.release(turn.epoch).await;
    assert_eq!(taken(&*tables.one).await.position, 9);
}

async fn nobody_else_has_the_turn_until_it_is_given_up(tables: Tables) {
    let Some(other) = &tables.other else { return };
    let turn = taken(&*tables.one).await;
    assert_eq!(other.take().await, Ok(None));
    assert!(keep(&*tables.one, turn, 3).await);
    assert_eq!(other.take().await, Ok(None));
    tables.one.release(turn.epoch).await;
    let next = taken(&**other).await;
    assert_eq!(next.position, 3);
    assert!(next.epoch > turn.epoch);
}

async fn who_has_lost_the_turn_notes_nothing(tables: Tables) {
    let Some(other) = &tables.other else { return };
    let turn = taken(&*tables.one).await;
    tables.one.release(turn.epoch).await;
    let next = taken(&**other).await;
    assert!(keep(&**other, next, 5).await);
    assert!(!keep(&*tables.one, turn, 99).await);
    tables.one.release(turn.epoch).await;
    assert!(keep(&**other, next, 6).await, "a turn that is over releases nothing");
}
