//! One generation of a read model follows another, in whichever process that is looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Envelope;
use infra::adapters::partitions::THE_STORE;
use projections::ports::{CommitError, Projection, Succession, SwitchError};
use query_side::Positions;

use super::read_model::history::{room, talk};
use super::read_model::rows::commit;
use super::read_model::{Kept, Opened, passed, sees};

suite!(<P> Kept<P>:
    what_was_committed_is_found_again,
    what_is_committed_can_be_read_at_once,
    somebody_who_waits_is_noticed_and_told,
    another_process_sees_what_is_applied_and_follows_a_switch,
    a_fence_that_nobody_lifts_ends_by_itself,
    without_a_fence_that_holds_nothing_is_switched,
    a_projector_that_slept_through_a_switch_changes_nothing,
    of_two_projectors_one_goes_on,
    a_retired_generation_is_kept_for_a_while,
    one_rebuild_runs_at_a_time,
    what_another_release_began_is_not_gone_on_with,
    a_fence_says_where_the_live_generation_stands,
);

/// Ten events.
fn events() -> Vec<Envelope> {
    talk(room(0), 9)
}

async fn position<P: Projection>(model: &Arc<dyn Opened<P>>) -> u64 {
    model.live().checkpoint(THE_STORE).await.expect("a checkpoint").position
}

/// Opens a model in which ten events are applied.
async fn begun<P: Projection>(home: &Kept<P>) -> Arc<dyn Opened<P>> {
    let model = home.open().await;
    assert_eq!(position(&model).await, 0);
    model.live().commit(commit::<P>(&events())).await.expect("a commit");
    model
}

async fn succession<P: Projection>(model: &Arc<dyn Opened<P>>) -> Arc<dyn Succession<P::Change>> {
    model.succession().await.expect("no other rebuild runs")
}

/// Puts an empty generation in the place of the live one.
async fn switched<P: Projection>(model: &Arc<dyn Opened<P>>) {
    let succession = succession(model).await;
    succession.building().await.expect("a generation");
    succession.settle().await.expect("settled");
    succession.fence(Duration::from_secs(10)).await.expect("a fence");
    assert_eq!(succession.switch().await, Ok(2));
}

async fn what_was_committed_is_found_again<P: Projection>(home: Kept<P>) {
    assert!(home.keeps(1).await || position(&home.open().await).await == 0);
    drop(begun(&home).await);
    let again = home.open().await;
    assert!(home.keeps(1).await && !home.keeps(2).await);
    assert_eq!(position(&again).await, 10);
    passed(&again, 10).await;
}

async fn what_is_committed_can_be_read_at_once<P: Projection>(home: Kept<P>) {
    let model = begun(&home).await;
    assert!(sees(&model, 10).await && !sees(&model, 11).await);
}

async fn somebody_who_waits_is_noticed_and_told<P: Projection>(home: Kept<P>) {
    let model = home.open().await;
    let live = model.live();
    live.checkpoint(THE_STORE).await.expect("a checkpoint");
    let waiting = tokio::spawn({
        let model = model.clone();
        async move { passed(&model, 10).await }
    });
    let noticed = async {
        while !live.is_awaited() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), noticed).await.expect("they are noticed");
    live.commit(commit::<P>(&events())).await.expect("a commit");
    let told = Instant::now();
    waiting.await.expect("they are told");
    assert!(told.elapsed() < Duration::from_millis(500), "{:?}", told.elapsed());
}

async fn another_process_sees_what_is_applied_and_follows_a_switch<P: Projection>(home: Kept<P>) {
    let (here, there) = (begun(&home).await, home.open().await);
    passed(&there, 10).await;
    let succession = succession(&here).await;
    let building = succession.building().await.expect("a generation");
    building.checkpoint(THE_STORE).await.expect("a checkpoint");
    building.commit(commit::<P>(&talk(room(0), 19))).await.expect("a commit");
    succession.settle().await.expect("settled");
    succession.fence(Duration::from_secs(10)).await.expect("a fence");
    assert!(!sees(&here, 20).await && !sees(&there, 20).await);
    assert_eq!(succession.switch().await, Ok(2));
    assert!(sees(&here, 20).await, "at once where it was made");
    assert!(there.is_fresh(&Positions::of(THE_STORE, 20), Duration::from_millis(600)).await, "and soon elsewhere");
}

async fn a_fence_that_nobody_lifts_ends_by_itself<P: Projection>(home: Kept<P>) {
    let model = home.open().await;
    let live = model.live();
    live.checkpoint(THE_STORE).await.expect("a checkpoint");
    let succession = succession(&model).await;
    let began = Instant::now();
    succession.fence(Duration::from_millis(700)).await.expect("a fence");
    drop(succession);
    while live.commit(commit::<P>(&events())).await == Err(CommitError::Moved(0)) {}
    let took = began.elapsed();
    assert!((Duration::from_millis(690)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(position(&model).await, 10);
}

async fn without_a_fence_that_holds_nothing_is_switched<P: Projection>(home: Kept<P>) {
    let model = home.open().await;
    let succession = succession(&model).await;
    succession.building().await.expect("a generation");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::ZERO).await.expect("a fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.unfence().await.expect("no fence");
    assert_eq!(succession.switch().await, Err(SwitchError::Unfenced));
    // The live generation is the one that goes on.
    assert_eq!(position(&model).await, 0);
    model.live().commit(commit::<P>(&events())).await.expect("a commit");
    assert!(sees(&home.open().await, 10).await);
}

async fn a_projector_that_slept_through_a_switch_changes_nothing<P: Projection>(home: Kept<P>) {
    let (here, sleeper) = (home.open().await, home.open().await);
    let asleep = sleeper.live();
    asleep.checkpoint(THE_STORE).await.expect("a checkpoint");
    switched(&here).await;
    let woken = asleep.commit(commit::<P>(&events())).await;
    match position(&here).await {
        // It had followed already.
        10 => assert_eq!(woken, Ok(())),
        stands => assert_eq!((woken, stands), (Err(CommitError::Moved(0)), 0)),
    }
    if position(&sleeper).await == 0 {
        asleep.commit(commit::<P>(&events())).await.expect("a commit to the one that is live now");
    }
    passed(&here, 10).await;
}

async fn of_two_projectors_one_goes_on<P: Projection>(home: Kept<P>) {
    let (here, there) = (home.open().await, home.open().await);
    let (one, other) = (here.live(), there.live());
    assert_eq!((position(&here).await, position(&there).await), (0, 0));
    let events = events();
    for (index, event) in events.iter().enumerate() {
        let commit = || commit::<P>(std::slice::from_ref(event));
        let (first, second) = tokio::join!(one.commit(commit()), other.commit(commit()));
        let moved = CommitError::Moved(index as u64 + 1);
        let one_of_them = [(Ok(()), Err(moved.clone())), (Err(moved), Ok(()))];
        assert!(one_of_them.contains(&(first.clone(), second.clone())), "{first:?} {second:?}");
    }
    assert_eq!((position(&here).await, position(&there).await), (10, 10));
}

async fn a_retired_generation_is_kept_for_a_while<P: Projection>(home: Kept<P>) {
    let model = begun(&home).await;
    switched(&model).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(home.keeps(1).await && home.keeps(2).await);
    home.end_retirement().await;
    let gone = async {
        while home.keeps(1).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("it goes by itself");
    assert!(home.keeps(2).await);
}

async fn one_rebuild_runs_at_a_time<P: Projection>(home: Kept<P>) {
    let (here, there) = (home.open().await, home.open().await);
    let first = succession(&here).await;
    let why = there.succession().await.err().expect("the other one runs");
    assert!(why.contains("another rebuild"), "{why}");
    drop(first);
    // A server may take a moment to notice.
    let again = async {
        while there.succession().await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), again).await.expect("its lock goes with it");
}

async fn what_another_release_began_is_not_gone_on_with<P: Projection>(home: Kept<P>) {
    let model = home.open().await;
    let succession = succession(&model).await;
    let building = succession.building().await.expect("a generation");
    building.checkpoint(THE_STORE).await.expect("a checkpoint");
    building.commit(commit::<P>(&events())).await.expect("a commit");
    let again = succession.building().await.expect("a generation");
    assert_eq!(again.checkpoint(THE_STORE).await.expect("a checkpoint").position, 10);
    home.change_maker().await;
    let anew = succession.building().await.expect("a generation");
    assert_eq!(anew.checkpoint(THE_STORE).await.expect("a checkpoint").position, 0);
}

async fn a_fence_says_where_the_live_generation_stands<P: Projection>(home: Kept<P>) {
    let model = begun(&home).await;
    let stands = succession(&model).await.fence(Duration::from_secs(5)).await.expect("a fence");
    assert_eq!(stands.iter().map(|(partition, at)| (*partition, at.position)).collect::<Vec<_>>(), [(THE_STORE, 10)]);
}
