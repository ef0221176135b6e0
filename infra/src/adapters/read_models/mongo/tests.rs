//! The timeline on a real MongoDB, each test in databases of its own: the contract, and what only MongoDB can get wrong.

mod contract;
mod cut;
mod generations;
mod killed;
mod partitions;
mod rebuild;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use domain::Position;
use mongodb::Client;
use projections::ports::Log;
use projections::projector::Projector;
use projections::timeline::Timeline;
use query_side::Positions;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{MongoLive, MongoTimeline};
use crate::adapters::migrate::Migrate;
use crate::adapters::partitions::THE_STORE;
use crate::adapters::read_models::Live as _;
use crate::adapters::read_models::given::Deaf;
use crate::adapters::read_models::given::log::MemoryLog;

/// Databases that go with the test.
pub(super) struct Home {
    server: String,
    name: String,
}

impl Home {
    /// None, said aloud, when there is no server.
    pub(super) fn new() -> Option<Self> {
        match std::env::var("TEST_MONGODB") {
            Ok(server) if !server.is_empty() => Some(Self::at(server)),
            _ => {
                eprintln!("skipped: TEST_MONGODB is not set");
                None
            }
        }
    }

    fn at(server: String) -> Self {
        Self { server, name: format!("t{}", Uuid::new_v4().simple()) }
    }

    fn url(&self) -> String {
        let (host, query) = self.server.split_once('?').map_or((&*self.server, ""), |(host, query)| (host, query));
        format!("{}/{}?{query}", host.trim_end_matches('/'), self.name)
    }

    pub(super) async fn timeline(&self) -> Arc<MongoTimeline> {
        MongoTimeline::connect(&self.url(), "the store", Migrate::Run).await.expect("a timeline")
    }

    async fn drop_all(server: &str, name: &str) -> mongodb::error::Result<()> {
        let client = Client::with_uri_str(server).await?;
        for database in client.list_database_names().await? {
            if database.starts_with(name) {
                client.database(&database).drop().await?;
            }
        }
        Ok(())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime can not be waited for inside another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let _ = runtime.block_on(Self::drop_all(&server, &name));
        });
        let _ = dropping.join();
    }
}

/// The projector of the live timeline.
struct Running {
    stop: watch::Sender<bool>,
    ended: JoinHandle<()>,
}

impl Running {
    fn start(log: &Arc<MemoryLog>, timeline: &Arc<MongoTimeline>) -> Self {
        let live = Arc::new(MongoLive::new(timeline.clone()));
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
async fn passed(timeline: &MongoTimeline, position: Position) {
    let bound = Positions::of(THE_STORE, position);
    for _ in 0..120 {
        if let Ok(reading) = timeline.reading(&bound, Duration::from_secs(1)).await
            && reading.is_fresh
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not get there");
}
