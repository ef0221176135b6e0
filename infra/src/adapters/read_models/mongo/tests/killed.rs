//! A server that is killed and started again, and one that is stopped.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use mongodb::bson::doc;
use projections::ports::{Checkpoint, Commit, CommitError, ReadModel as _};

use super::*;
use crate::adapters::read_models::given::history::{everything, room, user};

/// A mongod of one's own.
struct Server {
    folder: PathBuf,
    port: u16,
    process: Child,
}

impl Server {
    /// None, said aloud, when there is no program.
    async fn start() -> Option<Self> {
        Home::new()?;
        let Some(program) = program() else {
            eprintln!("skipped: there is no mongod that could be killed; infra/dev/stack fetches one");
            return None;
        };
        let folder = std::env::temp_dir().join(format!("chat-mongod-{}", Uuid::now_v7()));
        std::fs::create_dir(&folder).expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let process = run(&program, &folder, port);
        let server = Self { folder, port, process };
        server.initiate().await;
        Some(server)
    }

    fn address(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    async fn initiate(&self) {
        let client = Client::with_uri_str(self.address()).await.expect("a client");
        let members = doc! { "_id": "rs0", "members": [{ "_id": 0, "host": format!("127.0.0.1:{}", self.port) }] };
        client.database("admin").run_command(doc! { "replSetInitiate": members }).await.expect("a replica set");
        for _ in 0..200 {
            let hello = client.database("admin").run_command(doc! { "hello": 1 }).await.expect("it answers");
            if hello.get_bool("isWritablePrimary").unwrap_or(false) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not become the primary");
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }

    fn start_again(&mut self) {
        self.process = run(&program().expect("a program"), &self.folder, self.port);
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status();
        assert!(sent.expect("kill").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn program() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    cache.map(|cache| cache.join("bigtech-chat/mongod")).filter(|program| program.exists())
}

fn run(program: &PathBuf, folder: &PathBuf, port: u16) -> Child {
    let mut command = Command::new(program);
    command.arg("--dbpath").arg(folder).arg("--unixSocketPrefix").arg(folder).args(["--port", &port.to_string()]);
    command.args(["--bind_ip", "127.0.0.1", "--replSet", "rs0", "--quiet", "--wiredTigerCacheSizeGB", "0.25"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mongod runs")
}

async fn is_away(timeline: &MongoTimeline) -> Duration {
    let began = Instant::now();
    let reading = timeline.reading(&Positions::default(), Duration::from_secs(2)).await;
    let outcome = match reading {
        Ok(reading) => reading.model.room(user(0), room(0)).await,
        Err(away) => Err(away),
    };
    outcome.expect_err("it is away");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_is_waited_for_and_nothing_is_lost_or_doubled() {
    let Some(mut server) = Server::start().await else { return };
    let home = Home::at(server.address());
    let log = MemoryLog::of([]);
    let timeline = home.timeline().await;
    let running = Running::start(&log, &timeline);
    let appending = tokio::spawn({
        let log = log.clone();
        async move {
            for event in everything(3_000) {
                log.append(event);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        server.kill();
        let took = is_away(&timeline).await;
        assert!(took < Duration::from_millis(2_500), "{took:?}");
        server.start_again();
    }
    appending.await.expect("appended");
    passed(&timeline, 3_000).await;
    running.end().await;
    super::rebuild::is_what_the_log_says(&log, &timeline).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_is_away_within_two_seconds_and_comes_back() {
    let Some(server) = Server::start().await else { return };
    let home = Home::at(server.address());
    let timeline = home.timeline().await;
    server.signal("STOP");
    let took = is_away(&timeline).await;
    assert!(took < Duration::from_millis(2_500), "{took:?}");
    let nothing = Checkpoint::default();
    let moves = Commit { partition: 0, from: nothing, to: nothing, changes: vec![], parked: vec![], released: vec![] };
    let outcome = MongoLive::new(timeline.clone()).commit(moves).await;
    server.signal("CONT");
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    passed(&timeline, 0).await;
}
