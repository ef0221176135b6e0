//! One server process with its folder, its ports and its log.

use crate::caller::client;
use crate::command_line::command;
use crate::ports::free_offset;
use crate::{Options, PATIENCE, Premises};
use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server process, its data folder and what it has logged; the process ends with it.
#[derive(Debug)]
pub struct House {
    folder: PathBuf,
    /// What `folder` is, unless it was named.
    _temporary: Option<TempDir>,
    /// On the real servers, when it is built there.
    pub(crate) premises: Option<Premises>,
    /// Whether they are its own alone.
    is_tenant: bool,
    options: Options,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    offset: u16,
    child: Option<Child>,
}

impl House {
    /// A process on a folder and premises of its own, unless the options name them.
    pub(crate) async fn build(options: Options) -> Self {
        let house = Self::plan(options).await;
        house.open().await;
        house
    }

    /// The same, and nothing runs yet.
    pub(crate) async fn plan(options: Options) -> Self {
        let temporary = || tempfile::Builder::new().prefix("chat-").tempdir().expect("a temporary folder");
        let temporary = options.folder.is_none().then(temporary);
        let named = || options.folder.clone().expect("a folder that is not temporary has a name");
        let folder = temporary.as_ref().map_or_else(named, |folder| folder.path().to_owned());
        std::fs::create_dir_all(&folder).expect("a folder");
        let is_tenant = options.premises.is_none();
        let premises = options.premises.clone().or_else(Premises::rent);
        if let Some(premises) = premises.as_ref().filter(|_| is_tenant) {
            premises.open().await;
        }
        let running = Mutex::new(Running { offset: free_offset(), child: None });
        Self { folder, _temporary: temporary, premises, is_tenant, options, running }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Copies the files of a store (`events`, `keys`) from one folder in the data folder to another, in the place of what is there.
    pub(crate) fn copy(&self, store: &str, from: &str, to: &str) {
        let (from, to) = (self.data().join(from), self.data().join(to));
        std::fs::create_dir_all(&to).expect("a folder");
        for file in ["", "-wal", "-shm"].map(|end| format!("{store}.db{end}")) {
            std::fs::remove_file(to.join(&file)).ok();
            if from.join(&file).exists() {
                std::fs::copy(from.join(&file), to.join(&file)).expect("copied");
            }
        }
    }

    /// Where its stores are, when that is not its folder.
    pub(crate) fn places(&self) -> Vec<(String, String)> {
        let settings = self.premises.as_ref().map(Premises::settings).unwrap_or_default();
        settings.into_iter().map(|(name, value)| (name, self.options.detoured(&value))).collect()
    }

    /// What it is started with beside.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        self.options.environment()
    }

    pub(crate) fn port(&self, port: u16) -> u16 {
        port + self.running.lock().expect("no panic while held").offset
    }

    pub(crate) fn pid(&self) -> u32 {
        let running = self.running.lock().expect("no panic while held");
        running.child.as_ref().expect("the server runs").id()
    }

    pub(crate) fn log(&self) -> String {
        let bytes = std::fs::read(self.log_path()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Starts the process on the folder as it is, and waits until it is ready.
    pub(crate) async fn open(&self) {
        for _ in 0..5 {
            self.spawn();
            if self.ready().await {
                return;
            }
            assert!(self.log().contains("in use"), "the server ended at start:\n{}", self.log());
            self.running.lock().expect("no panic while held").offset = free_offset();
        }
        panic!("five times no free ports:\n{}", self.log());
    }

    /// Starts the process on the folder as it is, and waits for nothing.
    pub(crate) fn spawn(&self) {
        let log: File = OpenOptions::new().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut program = command();
        let mut running = self.running.lock().expect("no panic while held");
        let child = program
            .envs(self.places())
            .envs(self.options.environment())
            .args(["--data".as_ref(), self.data().as_os_str()])
            .args(["--port-offset", &running.offset.to_string()])
            .args(&self.options.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file can be shared"))
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        running.child = Some(child);
    }

    /// Whether it became ready; false when the process ended instead.
    pub(crate) async fn ready(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.ended() {
                return false;
            }
            if self.is_ready().await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("not ready after {PATIENCE:?}:\n{}", self.log());
    }

    /// Whether it answers, and misses nothing.
    pub(crate) async fn is_ready(&self) -> bool {
        let url = format!("http://127.0.0.1:{}/health/ready", self.port(8000));
        let client = client().timeout(Duration::from_secs(5)).build().expect("a client");
        let Ok(reply) = client.get(&url).send().await else { return false };
        reply.status().is_success() && reply.text().await.is_ok_and(|text| !text.contains("away"))
    }

    /// Sends it a signal, such as STOP.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.pid().to_string();
        std::process::Command::new("kill").args([&format!("-{name}"), &id]).status().expect("kill runs");
    }

    pub(crate) fn ended(&self) -> bool {
        let mut running = self.running.lock().expect("no panic while held");
        running.child.as_mut().is_none_or(|child| child.try_wait().ok().flatten().is_some())
    }

    /// `kill -9`, and the process is gone when this returns.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.running.lock().expect("no panic while held").child.take() {
            child.kill().ok();
            child.wait().expect("a killed child ends");
        }
    }

    /// Asks it to shut down (SIGTERM), and gives its exit code.
    pub(crate) async fn stop(&self) -> i32 {
        self.signal("TERM");
        self.end().await
    }

    /// Waits for its end, and gives its exit code.
    pub(crate) async fn end(&self) -> i32 {
        let begun = Instant::now();
        while !self.ended() {
            assert!(begun.elapsed() < PATIENCE, "still running:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let child = self.running.lock().expect("no panic while held").child.take();
        child.and_then(|mut child| child.wait().ok()).and_then(|status| status.code()).unwrap_or(-1)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
        let Some(premises) = self.premises.take().filter(|_| self.is_tenant) else { return };
        // A runtime can not be waited for inside another.
        let leaving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(premises.leave());
        });
        leaving.join().ok();
    }
}
