//! Batches that are cut off, written twice, and written late.

use domain::Envelope;
use mongodb::bson::{Document, doc};
use projections::ports::{Commit, CommitError, Digested, ReadModel as _};
use projections::timeline::TimelineChange;

use super::super::batch::Batch;
use super::super::bulk::Bulk;
use super::super::digests::ScratchDigests;
use super::super::writer::Writer;
use super::*;
use crate::adapters::read_models::given::contract::{commit, rows};
use crate::adapters::read_models::given::history::everything;

/// A generation that is emptied rather than made anew.
struct Desk {
    _home: Home,
    timeline: Arc<MongoTimeline>,
}

impl Desk {
    async fn new(home: Home) -> Self {
        let timeline = home.timeline().await;
        Self { _home: home, timeline }
    }

    fn writer(&self) -> Writer {
        Writer::live(&self.timeline.live())
    }

    async fn clear(&self) {
        let all = self.timeline.live().database.clone();
        for name in ["rooms", "messages", "changes", "reactions", "memberships", "read_marks"] {
            all.collection::<Document>(name).delete_many(doc! {}).await.expect("emptied");
        }
        let nothing = doc! { "$set": { "rows": {} }, "$unset": { "writing": "" } };
        all.collection::<Document>("state").update_one(doc! {}, nothing).await.expect("emptied");
    }

    async fn keep(&self, events: &[Envelope]) {
        self.writer().commit(commit::<Timeline>(events)).await.expect("a commit");
    }

    async fn rows(&self) -> Vec<Digested> {
        let digests = Arc::new(ScratchDigests(self.timeline.live().database.clone()));
        let model: Arc<dyn projections::ports::ReadModel<TimelineChange>> = Arc::new(self.writer());
        rows(&projections::ports::Scratch { model, digests }).await
    }

    async fn folded(&self, events: &[Envelope]) -> Vec<Digested> {
        self.clear().await;
        self.keep(events).await;
        self.rows().await
    }

    /// Writes only the first so many of the writes that `events` come to; whether there were as many.
    async fn write_some(&self, events: &[Envelope], writes: usize) -> bool {
        let Commit { changes, .. } = commit::<Timeline>(events);
        let (mut left, mut part) = (writes, Batch::default());
        for step in Batch::of(changes).expect("a batch").steps {
            let mut some = vec![];
            for bulk in step {
                let count = bulk.writes.len().min(left);
                left -= count;
                some.push(Bulk::new(bulk.collection, bulk.sort, bulk.writes[..count].to_vec()));
            }
            some.retain(|bulk| !bulk.writes.is_empty());
            part.steps.push(some);
        }
        self.writer().write(&part).await.expect("written");
        left == 0
    }
}

/// A part of a history in which much is done to messages of before, and to its own.
fn stretch() -> (Vec<Envelope>, Vec<Envelope>) {
    let events = everything(460);
    (events[..400].to_vec(), events[400..].to_vec())
}

#[tokio::test]
async fn a_batch_cut_off_between_any_two_writes_is_written_again_without_harm() {
    let Some(home) = Home::new() else { return };
    let desk = Desk::new(home).await;
    let (before, batch) = stretch();
    let all = [before.clone(), batch.clone()].concat();
    let expected = desk.folded(&all).await;
    for cut in (0..).step_by(3) {
        desk.clear().await;
        desk.keep(&before).await;
        let was_cut = desk.write_some(&batch, cut).await;
        // Whoever takes over may cut the events into other batches.
        let half = 1 + cut % (batch.len() - 1);
        desk.keep(&batch[..half]).await;
        desk.keep(&batch[half..]).await;
        assert_eq!(desk.rows().await, expected, "cut off after {cut} writes, then {half} events");
        if !was_cut {
            return;
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_late_changes_nothing_that_a_newer_one_wrote() {
    let Some(home) = Home::new() else { return };
    let desk = Desk::new(home).await;
    let (before, later) = stretch();
    let all = [before.clone(), later.clone()].concat();
    let expected = desk.folded(&all).await;
    for length in (1..=later.len()).step_by(7) {
        for cut in [3, 17, usize::MAX] {
            desk.write_some(&later[..length], cut).await;
            assert_eq!(desk.rows().await, expected, "{length} events, {cut} writes");
        }
    }
    let moved = CommitError::Moved(all.len() as u64);
    assert_eq!(desk.writer().commit(commit::<Timeline>(&later)).await, Err(moved));
    // All of it, from the first event on.
    desk.write_some(&all, usize::MAX).await;
    assert_eq!(desk.rows().await, expected);
}

#[tokio::test]
async fn whatever_two_workers_write_at_once_one_of_them_moves_the_checkpoint_and_the_rows_are_right() {
    let Some(home) = Home::new() else { return };
    let desk = Desk::new(home).await;
    let (before, batch) = stretch();
    let all = [before.clone(), batch.clone()].concat();
    let expected = desk.folded(&all).await;
    for _ in 0..10 {
        desk.clear().await;
        desk.keep(&before).await;
        let (one, other) = (desk.writer(), desk.writer());
        let (one, other) = tokio::join!(
            one.commit(commit::<Timeline>(&batch)),
            other.commit(commit::<Timeline>(&batch[..batch.len() / 2])),
        );
        assert_eq!([&one, &other].iter().filter(|outcome| outcome.is_ok()).count(), 1, "{one:?} {other:?}");
        if other.is_ok() {
            desk.keep(&batch[batch.len() / 2..]).await;
        }
        assert_eq!(desk.rows().await, expected);
    }
}

#[tokio::test]
async fn a_verification_does_not_look_at_what_is_half_written() {
    let Some(home) = Home::new() else { return };
    let desk = Desk::new(home).await;
    let (before, batch) = stretch();
    desk.keep(&before).await;
    let log = MemoryLog::of([before.clone(), batch.clone()].concat());
    // As a projector leaves it that is killed.
    let state = &desk.timeline.live().state;
    let from = commit::<Timeline>(&batch).from;
    state.begin(THE_STORE, from, Uuid::now_v7()).await.expect("begun");
    desk.write_some(&batch, 40).await;
    let verifying = tokio::spawn({
        let (log, timeline) = (log.clone(), desk.timeline.clone());
        async move { super::rebuild::is_what_the_log_says(&log, &timeline).await }
    });
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!verifying.is_finished());
    let running = Running::start(&log, &desk.timeline);
    verifying.await.expect("equal");
    running.end().await;
}
