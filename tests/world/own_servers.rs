//! Servers of a test's own, which it may take away or set up otherwise than everybody's.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

/// Servers that `infra/dev/stack` started in a folder and on ports of their own.
pub struct OwnServers {
    folder: TempDir,
    offset: u16,
    names: Vec<&'static str>,
    settings: Vec<(&'static str, &'static str)>,
}

impl OwnServers {
    /// One running broker.
    pub async fn broker() -> Self {
        Self::start(&["kafka1"], &[("CHAT_BROKERS", "1")]).await
    }

    /// Databases and Redis that speak TLS, as an authority of their own certifies.
    pub async fn with_tls() -> Self {
        Self::start(&["postgres", "mysql", "mongodb", "redis"], &[("CHAT_STACK_TLS", "1")]).await
    }

    async fn start(names: &[&'static str], settings: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("servers-").tempdir().expect("a folder");
        open_to_all(folder.path());
        let servers = Self { folder, offset: free_offset(), names: names.into(), settings: settings.into() };
        servers.all("up").await;
        servers
    }

    /// `host:port` of a server whose port is `port` where nothing is added to it.
    #[must_use]
    pub fn address(&self, port: u16) -> String {
        format!("127.0.0.1:{}", port + self.offset)
    }

    /// The certificate of the authority.
    #[must_use]
    pub fn authority(&self) -> String {
        self.folder.path().join("tls.ca.pem").display().to_string()
    }

    /// Does to all of them what `infra/dev/stack` does to a server.
    ///
    /// # Panics
    /// It fails.
    pub async fn all(&self, command: &str) {
        let mut command = self.command(command);
        let done = tokio::task::spawn_blocking(move || command.output()).await.expect("a command is waited for");
        let done = done.expect("infra/dev/stack runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(stack());
        command.arg(name).args(&self.names).envs(self.settings.iter().copied()).env("CHAT_STACK", self.folder.path());
        command.env("CHAT_STACK_OFFSET", self.offset.to_string()).stdin(Stdio::null());
        command
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        for command in ["kill", "wipe"] {
            self.command(command).output().ok();
        }
    }
}

/// Some servers run as users of their own.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

fn stack() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("infra/dev/stack").exists());
    root.expect("the workspace").join("infra/dev/stack")
}

/// The ports of all servers without an offset, and of the brokers' controllers.
const PORTS: [u16; 6] = [15_432, 13_306, 17_017, 16_379, 19_092, 19_192];

/// Where none of the ports is taken, below those that the kernel gives out.
fn free_offset() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % 400;
    let mut offsets = (0..400).map(|_| 10_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 400 * 7);
    let is_free = |offset: &u16| PORTS.iter().all(|port| TcpListener::bind(("127.0.0.1", port + offset)).is_ok());
    offsets.find(is_free).expect("free ports")
}
