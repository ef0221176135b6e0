//! People who write, read and listen all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use world::{Person, Room, eventually};

use super::RECOVERY;
use super::followers::Followers;
use super::seen::{Log, What};
use super::town::Town;
use crate::promises::ledger;

/// Between one call of somebody and the next: a load, and none that a slow machine is behind with, for then all is stale that is read.
const PAUSE: Duration = Duration::from_millis(100);
/// Whoever is refused comes back after it.
const AGAIN: Duration = Duration::from_millis(200);

/// Everybody at work; nobody any more when it is dropped, so that a test which fails tells of its own failure only.
pub(super) struct Load {
    pub(super) log: Log,
    stop: Arc<AtomicBool>,
    /// Each gives what it has sent.
    writers: JoinSet<Vec<String>>,
    readers: JoinSet<()>,
    pub(super) followers: Followers,
}

impl Load {
    pub(super) async fn begin(town: &Town) -> Self {
        let (log, stop) = (Log::default(), Arc::new(AtomicBool::new(false)));
        let followers = Followers::begin(town).await;
        let writers = (0..4).map(|number| {
            let writer = Writer {
                person: town.writers[number % 2].reconnected(),
                room: town.room.clone(),
                name: format!("writer-{number}"),
                log: log.clone(),
                stop: stop.clone(),
            };
            writer.write()
        });
        let writers = writers.collect();
        let reads = [
            (What::Timeline, &town.reader, town.room.messages()),
            (What::Directory, &town.reader, "/api/profile".to_owned()),
            (What::OwnTimeline, &town.writers[0], town.room.messages()),
        ];
        let readers =
            reads.map(|(what, person, path)| read(what, person.reconnected(), path, log.clone(), stop.clone()));
        Self { log, stop, writers, readers: readers.into_iter().collect(), followers }
    }

    /// Waits until everybody is answered well, and reads what others say.
    pub(super) async fn is_well(&self, town: &Town) {
        let since = Instant::now();
        eventually("everybody is answered well", async || self.log.is_well_since(since).then_some(())).await;
        let reads = async || {
            let page = town.reader.get(&town.room.messages()).attempt().await.ok()?;
            (!page.body["messages"].as_array()?.is_empty()).then_some(())
        };
        eventually("what was said is read", reads).await;
    }

    /// Waits until everybody is answered well again, which happens by itself and in time.
    pub(super) async fn recovers(&self, town: &Town) {
        let since = Instant::now();
        while !self.log.is_well_since(since) {
            assert!(since.elapsed() < RECOVERY, "not everybody is answered well again: {:?}", self.log);
            sleep(PAUSE).await;
        }
        town.is_whole_again().await;
    }

    /// Everybody comes to an end: what was sent is there once, and every stream has given every version once.
    pub(super) async fn ends(self, town: &Town) -> Log {
        self.stop.store(true, Ordering::Relaxed);
        let mut sent = self.writers.join_all().await.concat();
        self.readers.join_all().await;
        let history = town.writers[0].history(&town.room).await;
        let mut there: Vec<_> = history.iter().map(|message| message["content"].as_str().unwrap_or_default()).collect();
        sent.sort();
        there.sort_unstable();
        assert_eq!(there, sent, "what was sent is there once, however often it was tried");
        ledger::has_no_holes(&town.world).await;
        self.followers.have_heard_all(town).await;
        self.log
    }
}

struct Writer {
    person: Person,
    room: Room,
    name: String,
    log: Log,
    stop: Arc<AtomicBool>,
}

impl Writer {
    /// Each message until it is taken, with its key.
    async fn write(self) -> Vec<String> {
        let mut sent = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let content = format!("{} {}", self.name, sent.len());
            let begun = Instant::now();
            let sending = || self.person.sending(&self.room, &content).with_key(&content.replace(' ', "-"));
            while self.log.note(What::Send, sending()).await.status != 201 {
                assert!(begun.elapsed() < super::away() * 2 + RECOVERY, "{content} is never taken");
                sleep(AGAIN).await;
            }
            sent.push(content);
            sleep(PAUSE).await;
        }
        sent
    }
}

async fn read(what: What, person: Person, path: String, log: Log, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        // Bound to nothing but what the server itself knows of this person.
        log.note(what, person.get(&path).unbound()).await;
        sleep(PAUSE).await;
    }
}
