//! Partitions that come and go.

use async_trait::async_trait;

use super::*;
use crate::ports::Batch;

/// A log of several partitions, some of which are assigned.
struct Shared {
    parts: Vec<Arc<MemoryLog>>,
    assigned: watch::Sender<Vec<Partition>>,
    let_go: watch::Sender<Vec<Partition>>,
    left: watch::Sender<bool>,
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
