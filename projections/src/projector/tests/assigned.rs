//! Partitions that come and go.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use super::*;
use crate::ports::{After, Batch};

/// A log of several partitions, some of which are assigned.
struct Shared {
    parts: Vec<Arc<MemoryLog>>,
    assigned: watch::Sender<Vec<Partition>>,
    let_go: watch::Sender<Vec<Partition>>,
    left: watch::Sender<bool>,
    /// Of which partitions single streams were read.
    asked: Mutex<Vec<Partition>>,
    /// Whether such reads come to no end.
    is_stuck: AtomicBool,
}

impl Shared {
    /// Partition `p` has 50 messages of room `p`.
    fn new(parts: u32) -> Arc<Self> {
        let part = |room: u32| MemoryLog::of((1..=50).map(|number| said(u128::from(room), number)));
        let parts = (0..parts).map(part).collect();
        Arc::new(Self {
            parts,
            assigned: watch::Sender::default(),
            let_go: watch::Sender::default(),
            left: watch::Sender::default(),
            asked: Mutex::default(),
            is_stuck: AtomicBool::default(),
        })
    }

    fn append(&self, partition: Partition, number: u64) {
        self.parts[partition as usize].append(said(u128::from(partition), number));
    }

    fn start(self: &Arc<Self>, model: &Arc<Model>) -> (watch::Sender<bool>, JoinHandle<Result<(), LogError>>) {
        let stop = watch::Sender::new(false);
        let projector = Projector::<Timeline>::new(self.clone(), model.clone(), Arc::new(Gauge::default()));
        let ended = tokio::spawn(projector.run(stop.subscribe()));
        (stop, ended)
    }

    async fn lets_go_of(&self, partition: Partition) {
        let mut let_go = self.let_go.subscribe();
        let gone = let_go.wait_for(|gone| gone.contains(&partition));
        tokio::time::timeout(Duration::from_secs(5), gone).await.expect("in time").expect("told");
    }
}

#[async_trait]
impl Log for Shared {
    fn partitions(&self) -> Vec<Partition> {
        (0..self.parts.len() as Partition).collect()
    }

    async fn read(&self, part: Partition, from: Checkpoint, limit: usize, wait: Duration) -> Result<Batch, LogError> {
        self.parts[part as usize].read(part, from, limit, wait).await
    }

    async fn of_stream(&self, part: Partition, after: After, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.asked.lock().expect("a list").push(part);
        if self.is_stuck.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.parts[part as usize].of_stream(part, after, limit).await
    }

    async fn end(&self, part: Partition) -> Result<Checkpoint, LogError> {
        self.parts[part as usize].end(part).await
    }

    async fn holds(&self, _: Checkpoint) -> Result<bool, LogError> {
        Ok(true)
    }

    fn assigned(&self) -> watch::Receiver<Vec<Partition>> {
        self.assigned.subscribe()
    }

    fn let_go(&self, partition: Partition) {
        self.let_go.send_modify(|gone| gone.push(partition));
    }

    async fn leave(&self) {
        self.left.send_replace(true);
    }
}

async fn reaches(model: &Model, room: u128, number: u64) {
    let all: Vec<_> = (1..=number).collect();
    let reaching = async {
        while of_room(model, room) != all {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), reaching)
        .await
        .unwrap_or_else(|_| panic!("{:?}", of_room(model, room)));
}

#[tokio::test]
async fn what_is_assigned_is_kept_and_nothing_else() {
    let (log, model) = (Shared::new(3), Arc::new(Model::default()));
    let (stop, ended) = log.start(&model);
    log.assigned.send_replace(vec![1]);
    reaches(&model, 1, 50).await;
    log.assigned.send_replace(vec![1, 2]);
    reaches(&model, 2, 50).await;
    log.append(1, 51);
    reaches(&model, 1, 51).await;
    assert_eq!(of_room(&model, 0), [0; 0]);
    stop.send_replace(true);
    ended.await.expect("it ends").expect("it was told to");
    assert!(*log.left.borrow());
}

#[tokio::test]
async fn a_partition_that_goes_is_let_go_of_and_can_come_back() {
    let (log, model) = (Shared::new(2), Arc::new(Model::default()));
    let (_stop, _ended) = log.start(&model);
    log.assigned.send_replace(vec![0, 1]);
    reaches(&model, 0, 50).await;
    log.assigned.send_replace(vec![1]);
    log.lets_go_of(0).await;
    (51..=60).for_each(|number| [0, 1].into_iter().for_each(|part| log.append(part, number)));
    reaches(&model, 1, 60).await;
    assert_eq!(of_room(&model, 0).len(), 50);
    log.assigned.send_replace(vec![0, 1]);
    reaches(&model, 0, 60).await;
}

#[tokio::test]
async fn the_batch_in_hand_is_finished_before_a_partition_is_handed_over() {
    let (log, model) = (Shared::new(1), Arc::new(Model::default()));
    let hang = Arc::new(Notify::new());
    *model.hang.lock().expect("a switch") = Some(hang.clone());
    let (_stop, _ended) = log.start(&model);
    log.assigned.send_replace(vec![0]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    log.assigned.send_replace(vec![]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(log.let_go.borrow().is_empty(), "its batch is not committed yet");
    hang.notify_waiters();
    log.lets_go_of(0).await;
    assert_eq!(of_room(&model, 0).len(), 50);
}

#[tokio::test]
async fn what_can_not_be_finished_is_broken_off_when_a_partition_is_handed_over() {
    let (log, model) = (Shared::new(1), Arc::new(Model::default()));
    *model.hang.lock().expect("a switch") = Some(Arc::default());
    let (_stop, _ended) = log.start(&model);
    log.assigned.send_replace(vec![0]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    log.assigned.send_replace(vec![]);
    log.lets_go_of(0).await;
}

#[tokio::test]
async fn two_that_believe_to_have_the_same_partitions_apply_everything_once() {
    let model = Arc::new(Model::default());
    let logs = [Shared::new(2), Shared::new(2)];
    let _running = logs.each_ref().map(|log| log.start(&model));
    logs.iter().for_each(|log| _ = log.assigned.send_replace(vec![0, 1]));
    for number in 51..=80 {
        logs.iter().for_each(|log| [0, 1].into_iter().for_each(|part| log.append(part, number)));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    reaches(&model, 0, 80).await;
    reaches(&model, 1, 80).await;
}

/// The partition goes and comes back, and what is appended then is applied: what was to be tried again was.
async fn comes_back(log: &Shared, model: &Model, number: u64) {
    let gone = log.let_go.borrow().len();
    log.assigned.send_replace(vec![]);
    until(|| log.let_go.borrow().len() > gone).await;
    log.parts[0].append(said(7, number));
    log.assigned.send_replace(vec![0]);
    reaches(model, 7, number).await;
}

#[tokio::test]
async fn what_was_tried_in_vain_is_not_tried_again_whenever_a_partition_comes_back() {
    let (log, model) = (Shared::new(1), Arc::new(Model::default()));
    let readable = log.parts[0].garble(5);
    let (stop, ended) = log.start(&model);
    log.assigned.send_replace(vec![0]);
    until(|| model.parked_streams().len() == 1).await;
    for number in 1..=4 {
        comes_back(&log, &model, number).await;
        assert_eq!((of_room(&model, 0).len(), log.asked.lock().expect("a list").len()), (4, 1));
    }
    // Another process may be of a release that can read it.
    stop.send_replace(true);
    ended.await.expect("it ends").expect("it was told to");
    log.parts[0].restore(readable);
    let (_stop, _ended) = log.start(&model);
    reaches(&model, 0, 50).await;
}

/// By a clock that only waiting moves.
#[tokio::test(start_paused = true)]
async fn other_keys_go_on_while_a_parked_stream_is_tried_in_vain() {
    let (log, model) = (Shared::new(1), Arc::new(Model::default()));
    log.parts[0].garble(5);
    let (stop, ended) = log.start(&model);
    log.assigned.send_replace(vec![0]);
    until(|| model.parked_streams().len() == 1).await;
    stop.send_replace(true);
    ended.await.expect("it ends").expect("it was told to");
    log.is_stuck.store(true, Ordering::Relaxed);
    let (_stop, _ended) = log.start(&model);
    for number in 1..=5 {
        log.parts[0].append(said(7, number));
        reaches(&model, 7, number).await;
    }
    assert_eq!(log.asked.lock().expect("a list").len(), 1);
}
