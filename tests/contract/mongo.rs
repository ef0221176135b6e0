//! The timeline on MongoDB, each on databases of its own. What only MongoDB can be asked stands with it.

use std::sync::Arc;

use infra::adapters::migrate::Migrate;
use infra::adapters::read_models::mongo::{MongoLive, MongoTimeline};
use uuid::Uuid;

use super::timeline;

/// Databases that go with the test.
struct Databases(Arc<MongoTimeline>);

impl Drop for Databases {
    fn drop(&mut self) {
        let timeline = self.0.clone();
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(timeline.remove())).ok();
    }
}

async fn read_model(server: &str) -> timeline::Model {
    let name = format!("c{}", Uuid::new_v4().simple());
    let (host, query) = server.split_once('?').unwrap_or((server, ""));
    let url = format!("{}/{name}?{query}", host.trim_end_matches('/'));
    let timeline = MongoTimeline::connect(&url, "a store", Migrate::Run).await.expect("the timeline opens");
    let writer = Arc::new(MongoLive::new(timeline.clone()));
    timeline::Model { writer, reader: timeline.clone(), _kept: Box::new(Databases(timeline)) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_on_mongodb() {
    let Some(server) = world::server("TEST_MONGODB") else {
        world::skipped("TEST_MONGODB is not set: eval \"$(infra/dev/stack test-env)\"");
        return;
    };
    timeline::suite(async || read_model(&server).await).await;
}
