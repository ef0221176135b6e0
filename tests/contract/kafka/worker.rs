//! A worker in a process of its own, which can be killed and stopped.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use infra::adapters::kafka::{Group, KafkaLog, KafkaUrl};
use infra::adapters::migrate::Migrate;
use infra::adapters::postgres::PostgresEventStore;
use infra::adapters::vault::KeyVault;
use infra::telemetry::Metrics;
use projections::ports::Log as _;
use projections::projector::Projector;
use tokio::sync::watch;

use super::groups::GROUP;
use super::model::{Deaf, FileModel, Seeing};
use super::wire::PARTITIONS;

/// What a process is told of where it works.
const PLACE: &str = "TEST_WORKER";

/// A worker in another process; it is killed when this is dropped.
pub(super) struct Worker(Child);

impl Worker {
    /// Begins in the group; returns once partitions are assigned to it.
    pub(super) fn begin(log: &str, store: &str, folder: &Path) -> Self {
        let place = format!("{log} {store} {}", folder.display());
        let mut child = Command::new(std::env::current_exe().expect("a program"))
            .args(["contract::kafka::worker::works", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, place)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("it speaks")).lines();
        let is_assigned = lines.map_while(Result::ok).any(|line| line.contains("assigned"));
        assert!(is_assigned, "it has ended");
        Self(child)
    }

    /// Kills it: it has no time to say anything to anybody.
    pub(super) fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("dead");
    }

    /// Stops it where it is.
    pub(super) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(super) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.0.id().to_string()]).status().expect("kill is there");
        assert!(status.success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by other tests, in a process of its own"]
async fn works() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let words: Vec<_> = place.split(' ').collect();
    let [url, store, folder] = words[..] else { panic!("{place}") };
    let (url, folder) = (KafkaUrl::read(url).expect("a URL"), PathBuf::from(folder));
    let store = PostgresEventStore::connect(store, Migrate::Check).await.expect("the store opens");
    let vault = KeyVault::open(&folder.join("keys.db")).await.expect("the keys open");
    let group = Group::join(&url, GROUP, None).expect("a group");
    let log = KafkaLog::new(&url, PARTITIONS, store, vault, Some(group), Metrics::default()).expect("it opens");
    let model = Arc::new(FileModel::open(&folder.join("model.db")).await);
    let mut assigned = log.assigned();
    tokio::spawn(async move {
        assigned.wait_for(|assigned| !assigned.is_empty()).await.expect("a group");
        println!("assigned");
    });
    let (_stop, stopped) = watch::channel(false);
    Projector::<Seeing>::new(log, model, Arc::new(Deaf)).run(stopped).await.expect("for ever");
}
