//! A Redis: the one that is there, or one of the test's own that it may take away.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use uuid::Uuid;

/// Keys that nobody else uses, deleted at the end.
pub(in crate::contract) struct Keys {
    pub(super) url: String,
    pub(super) identity: String,
}

impl Keys {
    fn at(url: &str) -> Self {
        Self { url: url.to_owned(), identity: format!("test-{}", Uuid::new_v4().simple()) }
    }

    /// On the Redis that is there; none, said aloud, when there is none.
    pub(in crate::contract) fn rent() -> Option<Self> {
        let url = world::server("TEST_REDIS");
        if url.is_none() {
            world::skipped("TEST_REDIS is not set: eval \"$(infra/dev/stack test-env)\"");
        }
        url.as_deref().map(Self::at)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let rest = self.url.trim_start_matches("redis://");
        let (address, database) = rest.split_once('/').unwrap_or((rest, ""));
        let address = address.rsplit('@').next().unwrap_or_default();
        let database = if database.is_empty() { "0" } else { database };
        let delete = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";
        let commands = format!("SELECT {database}\r\nEVAL \"{delete}\" 0 chat:{}:*", self.identity);
        // One of the test's own may be gone already, and its keys with it.
        tell(address, &commands);
    }
}

/// What the server answers to a command; nothing when it does not.
fn tell(address: &str, command: &str) -> Option<String> {
    let mut connection = TcpStream::connect(address).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    connection.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// A server of the test's own.
pub(super) struct Server {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    /// A running one; none, said aloud, when Redis is not installed.
    pub(super) fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a folder");
        let mut server = Self { port, folder, child: None };
        if server.spawn().is_err() {
            world::skipped("redis-server is not installed: infra/dev/stack up redis");
            return None;
        }
        Some(server)
    }

    fn spawn(&mut self) -> std::io::Result<()> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.folder.path());
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let begun = Instant::now();
        while self.tell("PING").is_none_or(|answer| !answer.contains("PONG")) {
            assert!(begun.elapsed() < world::PATIENCE, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Keys on it.
    pub(super) fn keys(&self) -> Keys {
        Keys::at(&format!("redis://127.0.0.1:{}", self.port))
    }

    pub(super) fn tell(&self, command: &str) -> Option<String> {
        tell(&format!("127.0.0.1:{}", self.port), command)
    }

    /// Ends it with all it knows but what it was told to save.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().expect("a killed child ends");
        }
    }

    pub(super) fn back(&mut self) {
        self.spawn().expect("it started before");
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        Command::new("kill").args([signal, &id]).status().expect("kill runs");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
