//! A test's hold on a server: who lives there, and what can be done to it.

use crate::command_line::command;
use crate::{Caller, House, Outcome, Person, Premises, Trail, Way};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// What a server is started with, beside its folder and ports.
#[derive(Clone, Debug, Default)]
pub struct Options {
    limits: bool,
    settings: Vec<(String, String)>,
    pub(crate) arguments: Vec<String>,
    pub(crate) premises: Option<Premises>,
    pub(crate) folder: Option<PathBuf>,
    detours: Vec<(String, String)>,
}

impl Options {
    /// With the rate limits and the slowing of logins that are off otherwise.
    #[must_use]
    pub fn limited(mut self) -> Self {
        self.limits = true;
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// With arguments, such as the roles that it carries.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// On premises that it shares with others; who opened them gives them back.
    #[must_use]
    pub fn on(mut self, premises: &Premises) -> Self {
        self.premises = Some(premises.clone());
        self
    }

    /// In a folder that stays.
    #[must_use]
    pub fn in_folder(mut self, folder: PathBuf) -> Self {
        self.folder = Some(folder);
        self
    }

    /// With another way to the server that there is a way to.
    #[must_use]
    pub fn by(self, way: &Way) -> Self {
        self.instead(&way.server, &way.address)
    }

    /// With other addresses than those that `test-env` names.
    #[must_use]
    pub fn instead(mut self, addresses: &str, others: &str) -> Self {
        self.detours.push((addresses.into(), others.into()));
        self
    }

    pub(crate) fn detoured(&self, setting: &str) -> String {
        self.detours.iter().fold(setting.to_owned(), |setting, (address, other)| setting.replace(address, other))
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut all = self.settings.clone();
        if !self.limits {
            all.push(("CHAT_RATE_LIMITS".into(), "off".into()));
        }
        all
    }

    /// Starts it.
    pub async fn start(self) -> World {
        World::of(Arc::new(House::build(self).await))
    }

    /// Starts nothing yet: its folder and premises are there, and empty.
    pub async fn empty(self) -> World {
        World::of(Arc::new(House::plan(self).await))
    }

    /// Starts it, and does not wait until it is ready.
    pub async fn begin(self) -> World {
        let house = House::plan(self).await;
        house.spawn();
        World::of(Arc::new(house))
    }
}

/// One test's hold on a server; the process ends with the last hold, and its log is shown if the test panics.
#[derive(Debug)]
pub struct World {
    pub(crate) house: Arc<House>,
    trail: Trail,
}

impl World {
    /// A fresh server on an empty folder.
    pub async fn start() -> Self {
        Options::default().start().await
    }

    /// What to start a server with.
    pub fn options() -> Options {
        Options::default()
    }

    pub(crate) fn of(house: Arc<House>) -> Self {
        Self { house, trail: Trail::default() }
    }

    /// Another process of the same chat: on the same servers and with the same secrets, with a folder and ports of its own.
    pub async fn beside(&self, options: Options) -> Self {
        let house = Arc::new(House::build(options.on(&self.shared_premises())).await);
        Self { house, trail: self.trail.clone() }
    }

    /// The same, and does not wait until it is ready.
    pub async fn beside_at_once(&self, options: Options) -> Self {
        let house = Arc::new(House::plan(options.on(&self.shared_premises())).await);
        house.spawn();
        Self { house, trail: self.trail.clone() }
    }

    fn shared_premises(&self) -> Premises {
        self.premises().expect("only on the real servers").shared(self.data().join("secrets"))
    }

    /// `kill -9`.
    pub fn kill(&self) {
        self.house.kill();
    }

    /// The process again, on the same folder and ports; killed first if it still runs.
    pub async fn restart(&self) {
        self.house.kill();
        self.house.open().await;
    }

    /// SIGTERM; the exit code.
    pub async fn stop(&self) -> i32 {
        self.house.stop().await
    }

    /// Waits until it ends by itself; the exit code.
    pub async fn end(&self) -> i32 {
        self.house.end().await
    }

    /// Starts the process again, if it runs no more, and waits for nothing.
    pub fn begin_again(&self) {
        self.house.kill();
        self.house.spawn();
    }

    /// Starts the process again as its folder is, and waits for nothing.
    pub fn respawn(&self) {
        self.house.spawn();
    }

    /// Stops it in its tracks (SIGSTOP).
    pub fn pause(&self) {
        self.house.signal("STOP");
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.house.signal("CONT");
    }

    /// Whether it does not run: it was killed, or ended by itself.
    pub fn has_ended(&self) -> bool {
        self.house.ended()
    }

    /// Whether it answers, and misses nothing.
    pub async fn is_ready(&self) -> bool {
        self.house.is_ready().await
    }

    /// Waits until it is ready and misses nothing.
    pub async fn ready(&self) {
        assert!(self.house.ready().await, "the server ended:\n{}", self.log());
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.house.pid()
    }

    /// The id of the server's thread of this name.
    pub fn thread(&self, name: &str) -> u32 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.pid())).expect("its threads");
        let threads = threads.map(|thread| thread.expect("a thread"));
        let is_named =
            |path: PathBuf| std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim_end() == name);
        let found = threads.into_iter().find(|thread| is_named(thread.path())).expect("a thread of this name");
        found.file_name().to_string_lossy().parse().expect("a number")
    }

    /// The folder in which everything of it lies, its log too.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.house.folder()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.house.data()
    }

    /// What it has on the real servers, when it is built there.
    pub fn premises(&self) -> Option<&Premises> {
        self.house.premises.as_ref()
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        self.house.log()
    }

    /// The address of a port of the process, such as 8005.
    pub fn address(&self, port: u16) -> String {
        format!("127.0.0.1:{}", self.house.port(port))
    }

    /// Runs a subcommand on this data folder, off the test's own thread.
    pub async fn run<const N: usize>(&self, arguments: [&str; N]) -> Outcome {
        let mut command = self.command(&arguments);
        tokio::task::spawn_blocking(move || command.output().expect("the binary starts").into())
            .await
            .expect("a subcommand is waited for")
    }

    /// A subcommand on this data folder, not started yet.
    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = command();
        command.envs(self.house.places()).envs(self.house.settings()).args(arguments).arg("--data").arg(self.data());
        command
    }

    /// Somebody without a token.
    pub fn anyone(&self) -> Caller {
        Caller::new(format!("http://{}", self.address(8000)), self.trail.clone())
    }

    /// Registers somebody and logs in.
    pub async fn person(&self, name: &str) -> Person {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let email = format!("{name}.{number}@example.test");
        let account = json!({ "nickname": name, "username": format!("{name}_{number}") });
        Person::register(self.anyone(), &email, account).await
    }

    /// Several at once.
    pub async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let all = futures::future::join_all(names.map(|name| self.person(name))).await;
        all.try_into().unwrap_or_else(|_| unreachable!("as many as names"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.house.log();
            let lines: Vec<_> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(60)..];
            eprintln!("--- the server's log ends with ---\n{}\n---", tail.join("\n"));
        }
    }
}
