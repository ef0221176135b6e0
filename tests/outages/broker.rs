//! A broker of the test's own, which it may take away.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

/// One broker, started by `infra/dev/stack` in a folder and on ports of its own.
pub(super) struct Broker {
    folder: TempDir,
    offset: u16,
}

impl Broker {
    /// A running one.
    pub(super) async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("broker-").tempdir().expect("a folder");
        let broker = Self { folder, offset: free_offset() };
        broker.does("up").await;
        broker
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", 19_092 + self.offset)
    }

    /// Does one of the things that `infra/dev/stack` does to a server.
    pub(super) async fn does(&self, command: &str) {
        let mut command = self.command(command);
        let done = tokio::task::spawn_blocking(move || command.output()).await.expect("a command is waited for");
        let done = done.expect("infra/dev/stack runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(stack());
        command.args([name, "kafka1"]).env("CHAT_STACK", self.folder.path()).env("CHAT_BROKERS", "1");
        command.env("CHAT_STACK_OFFSET", self.offset.to_string()).stdin(Stdio::null());
        command
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        for command in ["kill", "wipe"] {
            self.command(command).output().ok();
        }
    }
}

fn stack() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    root.join("infra/dev/stack")
}

/// Where neither the broker's port nor its controller's is taken, below those that the kernel gives out.
fn free_offset() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % 400;
    let mut offsets = (0..400).map(|_| 10_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 400 * 7);
    let is_free =
        |offset: &u16| [19_092, 19_192].iter().all(|port| TcpListener::bind(("127.0.0.1", port + offset)).is_ok());
    offsets.find(is_free).expect("free ports")
}
