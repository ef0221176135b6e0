//! The server under load: started here on a folder of its own, or one that runs already.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use infra::config::{AllFlags, Settings, Sources};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::lookup_host;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::cli::Common;
use crate::client::connection::Connection;
use crate::client::request::Request;
use crate::error::Error;
use crate::measure::usage::{Memory, Usage, memory};

const FIRST_PORT: u16 = 8000;
const OPERATIONS_PORT: u16 = 8009;
const READY_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const COMMAND_LIMIT: Duration = Duration::from_secs(3600);
const SETTINGS: [(&str, &str); 3] = [("CHAT_RATE_LIMITS", "off"), ("CHAT_CEILING", "on"), ("CHAT_LOG", "warn")];

pub(crate) struct Server {
    address: SocketAddr,
    pid: Option<u32>,
    ours: Option<Ours>,
}

/// What only a server that we started has.
struct Ours {
    program: PathBuf,
    folder: Folder,
    /// Settings beside those of the environment.
    settings: Vec<(String, String)>,
    /// Settings of the latest start, before all others.
    latest: Vec<(&'static str, String)>,
    child: Option<Child>,
}

enum Folder {
    Named(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Named(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

impl Server {
    /// The server that the command line names, ready.
    pub(crate) async fn obtain(common: &Common) -> Result<Self, Error> {
        match &common.url {
            Some(url) => Self::running(url, common.pid).await,
            None => Self::started(common).await,
        }
    }

    async fn running(url: &str, pid: Option<u32>) -> Result<Self, Error> {
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let address = lookup_host(host).await?.next();
        let address = address.ok_or_else(|| Error::Setting(format!("{url} has no address")))?;
        let ours = None;
        Ok(Self { address, pid, ours })
    }

    async fn started(common: &Common) -> Result<Self, Error> {
        let port = FIRST_PORT.checked_add(common.port_offset);
        let port = port.ok_or_else(|| Error::Setting("--port-offset is too large".to_owned()))?;
        let mut server = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            pid: None,
            ours: Some(Ours {
                program: program(common)?,
                folder: folder(common)?,
                settings: vec![("CHAT_PORT_OFFSET".to_owned(), common.port_offset.to_string())],
                latest: Vec::new(),
                child: None,
            }),
        };
        if Connection::open(server.address).await.is_ok() {
            let taken = format!("something listens on {}: choose another --port-offset", server.address);
            return Err(Error::Setting(taken));
        }
        server.start().await?;
        Ok(server)
    }

    /// Another process on the same stores: what `settings` say besides, with its ports `further` on. It has a folder of its own,
    /// but for the secrets. Of `roles` that serve nobody, health and metrics are what its address answers.
    pub(crate) async fn another(&self, further: u16, roles: &str) -> Result<Self, Error> {
        let Some(ours) = &self.ours else {
            return Err(Error::Setting("another process needs a first one of our own".to_owned()));
        };
        let serves = roles.contains("command") || roles.contains("query");
        let (listen, first) = if serves { ("gateway", FIRST_PORT) } else { ("operations", OPERATIONS_PORT) };
        let offset = self.address.port() - FIRST_PORT + further;
        let secrets = ours.folder.path().join("secrets").to_string_lossy().into_owned();
        let settings = [
            ("CHAT_PORT_OFFSET", offset.to_string()),
            ("CHAT_ROLES", roles.to_owned()),
            ("CHAT_LISTEN", listen.to_owned()),
            ("CHAT_INSTANCE", format!("load-{further}")),
            ("CHAT_SECRETS", secrets),
        ];
        let mut another = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, first + offset)),
            pid: None,
            ours: Some(Ours {
                program: ours.program.clone(),
                folder: temporary()?,
                settings: settings.map(|(name, value)| (name.to_owned(), value)).into(),
                latest: Vec::new(),
                child: None,
            }),
        };
        another.start().await?;
        Ok(another)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::now(self.pid)
    }

    pub(crate) fn memory(&self) -> Option<Memory> {
        self.pid.and_then(memory)
    }

    /// Whether we may stop it, start it again and look into its folder.
    pub(crate) fn is_ours(&self) -> bool {
        self.ours.is_some()
    }

    /// The settings of our server, for who opens its stores while it does not run.
    pub(crate) fn settings(&self) -> Result<Settings, Error> {
        let Some(ours) = &self.ours else {
            return Err(Error::Setting("its stores can only be filled by the server's own load program".to_owned()));
        };
        let own = |name: &str| match name {
            "CHAT_DATA" => Some(ours.folder.path().into()),
            _ => std::env::var_os(name),
        };
        let read = Sources::gather(&AllFlags::default(), own).and_then(|sources| Settings::read(&sources));
        read.map_err(|error| Error::Setting(error.to_string()))
    }

    /// Starts the process and gives the time from exec to the first 200 of /health/ready.
    pub(crate) async fn start(&mut self) -> Result<Duration, Error> {
        let Some(ours) = &mut self.ours else {
            return Ok(Duration::ZERO);
        };
        let began = Instant::now();
        let mut child = ours.command(&[]).kill_on_drop(true).spawn()?;
        self.pid = child.id();
        let ready = until_ready(self.address, &mut child).await;
        ours.child = Some(child);
        ready.map(|()| began.elapsed())
    }

    /// Ends our process and starts it again on the same folder, with `settings` before all others.
    pub(crate) async fn again(&mut self, settings: &[(&'static str, String)]) -> Result<(), Error> {
        self.stop().await?;
        if let Some(ours) = &mut self.ours {
            ours.latest = settings.to_vec();
        }
        self.start().await.map(|_| ())
    }

    /// Asks the process to end, waits for it, and kills it if it does not. One that ended before is a failure.
    pub(crate) async fn stop(&mut self) -> Result<(), Error> {
        let child = self.ours.as_mut().and_then(|ours| ours.child.take());
        let (Some(mut child), Some(pid)) = (child, self.pid.take()) else {
            return Ok(());
        };
        if let Some(status) = child.try_wait()? {
            return Err(Error::ServerEnded(status));
        }
        // The shell's own `kill`: asking for a signal otherwise takes unsafe code or a dependency.
        let ask = format!("kill -TERM {pid}");
        Command::new("sh").args(["-c", &ask]).status().await?;
        match timeout(STOP_LIMIT, child.wait()).await {
            Ok(status) => status.map(|_| ()).map_err(Error::from),
            Err(_) => {
                child.kill().await?;
                Err(Error::TimedOut("the server's shutdown"))
            }
        }
    }

    /// Runs a subcommand on our server's folder; gives the last line of JSON it printed, and its time.
    pub(crate) async fn subcommand(&self, words: &[&str]) -> Result<(Value, Duration), Error> {
        let Some(ours) = &self.ours else {
            return Err(Error::Setting("a subcommand needs a server of our own".to_owned()));
        };
        let began = Instant::now();
        // Spawned, not `output()`: its progress and its complaints are to be seen, so standard error stays ours.
        let child = ours.command(words).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output =
            timeout(COMMAND_LIMIT, child.wait_with_output()).await.map_err(|_| Error::TimedOut("a subcommand"))??;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(Error::Command { command: words.join(" "), status: output.status, output: text });
        }
        Ok((last_json(&text), began.elapsed()))
    }
}

impl Ours {
    /// The server's output goes where ours for people goes, so that standard output is only the report.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--data").arg(self.folder.path());
        command.envs(SETTINGS).envs(self.settings.iter().cloned()).envs(self.latest.iter().cloned());
        command.stdin(Stdio::null()).stdout(std::io::stderr());
        command
    }
}

fn program(common: &Common) -> Result<PathBuf, Error> {
    let beside = std::env::current_exe()?.with_file_name("bigtech-chat");
    let program = common.server.clone().unwrap_or(beside);
    match program.is_file() {
        true => Ok(program),
        false => Err(Error::NoServer(program)),
    }
}

fn folder(common: &Common) -> Result<Folder, Error> {
    Ok(match &common.data {
        Some(path) => Folder::Named(path.clone()),
        None => temporary()?,
    })
}

fn temporary() -> Result<Folder, Error> {
    Ok(Folder::Temporary(tempfile::Builder::new().prefix("chat-load-").tempdir()?))
}

async fn until_ready(address: SocketAddr, child: &mut Child) -> Result<(), Error> {
    let end = Instant::now() + READY_LIMIT;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Err(Error::ServerEnded(status));
        }
        if is_ready(address).await {
            return Ok(());
        }
        sleep(Duration::from_millis(1)).await;
    }
    Err(Error::TimedOut("the server's start"))
}

async fn is_ready(address: SocketAddr) -> bool {
    let request = Request::render("GET", "/health/ready", None, None, "");
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    let exchange = connection.exchange(request.bytes());
    let reply = timeout(Duration::from_secs(1), exchange).await;
    matches!(reply, Ok(Ok(reply)) if reply.status == 200)
}

fn last_json(text: &str) -> Value {
    let whole = serde_json::from_str(text).ok();
    let line = || text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    whole.or_else(line).unwrap_or(Value::Null)
}
