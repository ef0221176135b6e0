//! Those who listen: to the room, and to all their rooms.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use world::{Frame, Person, Stream, eventually};

use super::town::Town;
use super::{Outage, RECOVERY};

/// Before a stream that ended is opened again.
const AGAIN: Duration = Duration::from_millis(200);

/// One who listens, and comes back when the stream ends.
struct Follower {
    heard: Arc<Mutex<Vec<(Instant, Frame)>>>,
    following: JoinHandle<()>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.following.abort();
    }
}

impl Follower {
    async fn begin(person: &Person, path: &str) -> Self {
        let person = person.reconnected();
        let mut stream = person.listen(path).await;
        stream.expect("connected").await;
        let heard = Arc::default();
        let following = tokio::spawn(follow(person, path.to_owned(), stream, Arc::clone(&heard)));
        Self { heard, following }
    }

    fn frames(&self) -> Vec<Frame> {
        self.heard.lock().iter().map(|(_, frame)| frame.clone()).collect()
    }
}

async fn follow(person: Person, path: String, mut stream: Stream, heard: Arc<Mutex<Vec<(Instant, Frame)>>>) {
    loop {
        while let Some(frame) = stream.within(Duration::from_secs(3600)).await {
            assert!(!["reset", "closed"].contains(&frame.event.as_str()), "{frame:?}");
            if frame.id.is_some() && frame.event != "connected" {
                heard.lock().push((Instant::now(), frame));
            }
        }
        let last = stream.last_id.take().expect("`connected` had an id");
        stream = loop {
            sleep(AGAIN).await;
            let call = person.get(&path).unbound().header("Last-Event-ID", &last);
            if let Ok(mut stream) = Stream::ask(call).await {
                stream.last_id.get_or_insert_with(|| last.clone());
                break stream;
            }
        };
    }
}

/// All who listen.
pub(super) struct Followers {
    start: u64,
    one_room: Follower,
    all_rooms: Follower,
}

impl Followers {
    pub(super) async fn begin(town: &Town) -> Self {
        let start = town.listener.room(&town.room).await.u64("version");
        let one_room = Follower::begin(&town.listener, &town.room.stream()).await;
        let all_rooms = Follower::begin(&town.listener, "/api/messages/stream").await;
        Self { start, one_room, all_rooms }
    }

    /// Which versions of the room each heard of while a server was away.
    pub(super) fn heard_during(&self, outage: Outage) -> [Vec<u64>; 2] {
        [&self.one_room, &self.all_rooms].map(|follower| {
            let heard = follower.heard.lock();
            let then = heard.iter().filter(|(at, _)| *at >= outage.noticed && *at <= outage.until);
            then.map(|(_, frame)| version(frame)).collect()
        })
    }

    /// Each has heard every version of the room once and in order.
    pub(super) async fn have_heard_all(&self, town: &Town) {
        let end = town.writers[0].room(&town.room).await.u64("version");
        let expected: Vec<_> = (self.start + 1..=end).collect();
        for follower in [&self.one_room, &self.all_rooms] {
            let begun = Instant::now();
            let versions = || follower.frames().iter().map(version).collect::<Vec<_>>();
            let all = async || (versions().len() >= expected.len() || follower.following.is_finished()).then_some(());
            eventually("everything is heard", all).await;
            assert_eq!(versions(), expected);
            assert!(begun.elapsed() < RECOVERY);
        }
    }
}

/// The room's version that a frame tells of: on the stream of all rooms the id is another.
fn version(frame: &Frame) -> u64 {
    frame.data["version"].as_u64().unwrap_or_else(|| panic!("no version: {frame:?}"))
}
