mod assigned;
mod parked;
mod silent;

use std::sync::Mutex;

use domain::{RoomId, StreamId, UserId};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;
use crate::given::*;
use crate::ports::CommitError;
use crate::timeline::{Timeline, TimelineChange};

type Model = MemoryModel<TimelineChange>;

/// How many streams are parked, and how far behind it said to be.
#[derive(Default)]
struct Gauge {
    parked: Mutex<u64>,
    lags: Mutex<Vec<u64>>,
    /// And since how many seconds.
    seconds: Mutex<f64>,
}

impl Meter for Gauge {
    fn lag(&self, _model: &'static str, events: u64, seconds: f64) {
        self.lags.lock().expect("lags").push(events);
        *self.seconds.lock().expect("seconds") = seconds;
    }

    fn parked(&self, _model: &'static str, streams: u64) {
        *self.parked.lock().expect("a gauge") = streams;
    }
}

struct Running {
    stop: watch::Sender<bool>,
    applied: watch::Receiver<Checkpoint>,
    gauge: Arc<Gauge>,
    ended: JoinHandle<Result<(), LogError>>,
}

impl Running {
    fn start(log: &Arc<MemoryLog>, model: &Arc<Model>) -> Self {
        let (stop, gauge) = (watch::Sender::new(false), Arc::new(Gauge::default()));
        let projector = Projector::<Timeline>::new(log.clone(), model.clone(), gauge.clone());
        let applied = projector.applied();
        let ended = tokio::spawn(projector.run(stop.subscribe()));
        Self { stop, applied, gauge, ended }
    }

    async fn reaches(&mut self, position: Position) {
        let reached = self.applied.wait_for(|applied| applied.position >= position);
        let reached = tokio::time::timeout(Duration::from_secs(10), reached).await.map(|reached| reached.is_ok());
        assert_eq!(reached, Ok(true), "it does not reach {position}");
    }

    async fn end(self) -> Result<(), LogError> {
        self.stop.send_replace(true);
        self.ended.await.expect("it ends by itself")
    }
}

fn room(n: u128) -> RoomId {
    RoomId(Uuid::from_u128(100 + n))
}

/// The `number`-th message of a room, whose author tells which room.
fn said(room_number: u128, number: u64) -> domain::Envelope {
    event(room(room_number), number, sent(number, UserId(Uuid::from_u128(room_number)), "hi"))
}

/// Which message of which room was kept, in the order in which it was.
fn messages(model: &Model) -> Vec<(RoomId, u64)> {
    let message = |change: &TimelineChange| match change {
        TimelineChange::Sent(sent) => Some((sent.room, sent.number)),
        _ => None,
    };
    model.kept().changes.iter().filter_map(message).collect()
}

/// Waits until something is so.
async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("in time");
}

fn of_room(model: &Model, n: u128) -> Vec<u64> {
    messages(model).into_iter().filter(|(of, _)| *of == room(n)).map(|(_, number)| number).collect()
}

#[tokio::test]
async fn everything_is_applied_once_and_in_order() {
    let log = MemoryLog::of((1..=2_500).map(|n| said(1, n)));
    let model = Arc::new(Model::default());
    let mut running = Running::start(&log, &model);
    running.reaches(2_500).await;
    log.append(said(1, 2_501));
    running.reaches(2_501).await;
    assert_eq!(of_room(&model, 1), (1..=2_501).collect::<Vec<_>>());
    running.end().await.expect("it was told to");
}

/// By a clock that only waiting moves.
#[tokio::test(start_paused = true)]
async fn who_is_far_behind_does_not_wait_for_more_to_gather() {
    let log = MemoryLog::of((1..=11 * BATCH as u64).map(|n| said(1, n)));
    *log.most.lock().expect("a bound") = Some(BATCH / 10);
    let (model, began) = (Arc::new(Model::default()), Instant::now());
    let mut running = Running::start(&log, &model);
    running.reaches(10 * BATCH as u64).await;
    assert!(began.elapsed() < Duration::from_millis(10), "{:?}", began.elapsed());
    running.end().await.expect("it was told to");
}

#[tokio::test]
async fn what_was_read_but_not_committed_in_a_crash_is_applied_once() {
    let log = MemoryLog::of((1..=10).map(|n| said(1, n)));
    let model = Arc::new(Model::default());
    let hang = Arc::new(Notify::new());
    *model.hang.lock().expect("a switch") = Some(hang.clone());
    let crashed = Running::start(&log, &model);
    tokio::time::sleep(Duration::from_millis(20)).await;
    crashed.ended.abort();
    *model.hang.lock().expect("a switch") = None;
    let mut running = Running::start(&log, &model);
    running.reaches(10).await;
    hang.notify_waiters();
    running.end().await.expect("it was told to");
    assert_eq!(of_room(&model, 1), (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn of_two_projectors_of_one_model_each_event_is_applied_by_one() {
    let log = MemoryLog::of((1..=3_000).map(|n| said(1, n)));
    let model = Arc::new(Model::default());
    let mut both = [Running::start(&log, &model), Running::start(&log, &model)];
    for running in &mut both {
        running.reaches(3_000).await;
    }
    assert_eq!(of_room(&model, 1), (1..=3_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_event_that_the_model_refuses_parks_its_stream_and_the_others_go_on() {
    let log = MemoryLog::of((1..=1_500).flat_map(|n| [said(1, n), said(2, n)]));
    let poison = |change: &TimelineChange| matches!(change, TimelineChange::Sent(sent) if sent.room == room(1) && sent.number == 700);
    let model = Arc::new(Model { poison, ..Model::default() });
    let mut running = Running::start(&log, &model);
    running.reaches(3_000).await;
    assert_eq!(of_room(&model, 1), (1..=699).collect::<Vec<_>>());
    assert_eq!(of_room(&model, 2), (1..=1_500).collect::<Vec<_>>());
    let parked = model.kept().parked.clone();
    let [parked] = parked.as_slice() else { panic!("{parked:?}") };
    assert_eq!((parked.stream, parked.version, parked.position), (room(1).into(), 700, 1_399));
    assert_eq!(*running.gauge.parked.lock().expect("a gauge"), 1);
}

#[tokio::test]
async fn it_waits_for_a_log_and_a_model_that_are_away() {
    let log = MemoryLog::of((1..=5).map(|n| said(1, n)));
    log.faults.lock().expect("faults").push(LogError::Unavailable("gone fishing".to_owned()));
    let model = Arc::new(Model::default());
    model.faults.lock().expect("faults").push(CommitError::Unavailable("full".to_owned()));
    let mut running = Running::start(&log, &model);
    running.reaches(5).await;
    assert_eq!(of_room(&model, 1), [1, 2, 3, 4, 5]);
    let lags = running.gauge.lags.lock().expect("lags").clone();
    assert_eq!((lags.first(), lags.last()), (Some(&5), Some(&0)), "{lags:?}");
    running.end().await.expect("it was told to");
}

#[tokio::test]
async fn it_stops_at_a_hole() {
    let log = MemoryLog::of((1..=5).map(|n| said(1, n)));
    let hole = LogError::Hole { expected: 3, found: 4 };
    log.faults.lock().expect("faults").push(hole.clone());
    let running = Running::start(&log, &Arc::default());
    assert_eq!(running.ended.await.expect("it ends"), Err(hole));
}

#[tokio::test]
async fn it_does_not_begin_behind_a_log_that_has_lost_what_was_applied() {
    let log = MemoryLog::of((1..=5).map(|n| said(1, n)));
    let model = Arc::new(Model::default());
    let mut before = Running::start(&log, &model);
    before.reaches(5).await;
    before.end().await.expect("it was told to");
    log.lose(4);
    let after = Running::start(&log, &model);
    assert_eq!(after.ended.await.expect("it ends"), Err(LogError::Rewritten(5)));
}

#[tokio::test]
async fn what_is_in_the_log_when_it_is_told_to_stop_is_still_applied() {
    let log = MemoryLog::of((1..=1_700).map(|n| said(1, n)));
    let model = Arc::new(Model::default());
    let running = Running::start(&log, &model);
    running.end().await.expect("it was told to");
    assert_eq!(of_room(&model, 1).len(), 1_700);
}

#[tokio::test]
async fn a_model_that_is_away_does_not_keep_it_from_stopping() {
    let log = MemoryLog::of([said(1, 1)]);
    let model = Arc::new(Model::default());
    let away = vec![CommitError::Unavailable("full".to_owned()); 100];
    *model.faults.lock().expect("faults") = away;
    let running = Running::start(&log, &model);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let ended = tokio::time::timeout(Duration::from_secs(1), running.end()).await;
    ended.expect("it ends").expect("it was told to");
    assert!(of_room(&model, 1).is_empty());
}
