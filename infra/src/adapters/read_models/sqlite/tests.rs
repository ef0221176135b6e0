//! The read models on SQLite, held against the contract that every technology answers, and their generations.

mod generations;
mod rebuild;
mod rows;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use projections::ports::Log;
use projections::projector::Projector;
use projections::timeline::{Timeline, TimelineChange};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Generations, LiveModel, Model};
use crate::adapters::read_models::given::Deaf;
use crate::adapters::read_models::given::log::MemoryLog;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("chat-models-{}", Uuid::now_v7()));
        std::fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    async fn timeline(&self) -> Arc<Generations> {
        Generations::open(self.path(), Model::Timeline).await.expect("generations")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The projector of the live timeline.
struct Running {
    stop: watch::Sender<bool>,
    ended: JoinHandle<()>,
}

impl Running {
    fn start(log: &Arc<MemoryLog>, generations: &Arc<Generations>) -> Self {
        let live = Arc::new(LiveModel::<TimelineChange>::new(generations.clone()));
        let projector = Projector::<Timeline>::new(log.clone() as Arc<dyn Log>, live, Arc::new(Deaf));
        let stop = watch::Sender::new(false);
        let run = projector.run(stop.subscribe());
        let ended = tokio::spawn(async move { run.await.expect("the log is sound") });
        Self { stop, ended }
    }

    async fn end(self) {
        self.stop.send_replace(true);
        self.ended.await.expect("it ends by itself");
    }
}

/// Waits until the live generation has passed `position`.
async fn passed(generations: &Generations, position: Position) {
    let passing = async {
        while *generations.live().applied.borrow() < position {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), passing).await.expect("it gets there");
}

/// Runs a statement on a file, as somebody who tampers with it would.
async fn tamper(file: &Path, statement: &str) -> u64 {
    use sqlx::Connection as _;
    let mut connection = super::file::reopen(file, super::file::Purpose::Live).await.expect("a file");
    let done = sqlx::raw_sql(statement).execute(&mut connection).await.expect("a statement");
    connection.close().await.expect("closed");
    done.rows_affected()
}
