//! Many people writing at once, until they are told to stop or the server is gone.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::task::JoinHandle;
use world::{Person, Reply, Room, eventually};

/// What the writers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// They send.
    Sending,
    /// They send, edit, delete, react and read.
    Changing,
}

/// What a writer tried to send, and the answer.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) content: String,
    /// The message's id, where the server acknowledged it.
    pub(crate) acknowledged: Option<String>,
}

#[derive(Debug)]
struct Signal {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
}

/// Writers at work.
#[derive(Debug)]
pub(crate) struct Storm {
    signal: Arc<Signal>,
    writers: Vec<JoinHandle<Vec<Attempt>>>,
}

impl Storm {
    /// Each person writes in each room, from connections of their own.
    pub(crate) fn brew(name: &str, weather: Weather, people: &[&Person], rooms: &[&Room]) -> Self {
        let signal = Arc::new(Signal { stop: AtomicBool::new(false), acknowledged: AtomicUsize::new(0) });
        let pairs = people.iter().flat_map(|person| rooms.iter().map(move |room| (*person, *room)));
        let writers = pairs.enumerate().map(|(number, (person, room))| {
            let writer = Writer {
                person: person.reconnected(),
                room: room.clone(),
                name: format!("{name}-{number}"),
                weather,
                signal: signal.clone(),
            };
            tokio::spawn(writer.write())
        });
        let writers = writers.collect();
        Self { signal, writers }
    }

    /// Waits until this many more were acknowledged.
    pub(crate) async fn acknowledged(&self, more: usize) {
        let start = self.signal.acknowledged.load(Ordering::Relaxed);
        eventually("enough acknowledged sends", async || {
            (self.signal.acknowledged.load(Ordering::Relaxed) >= start + more).then_some(())
        })
        .await;
    }

    /// Tells the writers to stop, and gives what they tried.
    pub(crate) async fn settle(self) -> Vec<Attempt> {
        self.signal.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for writer in self.writers {
            all.extend(writer.await.expect("a writer does not panic"));
        }
        all
    }
}

struct Writer {
    person: Person,
    room: Room,
    name: String,
    weather: Weather,
    signal: Arc<Signal>,
}

impl Writer {
    async fn write(self) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for n in 0.. {
            if self.signal.stop.load(Ordering::Relaxed) {
                break;
            }
            let content = format!("{} {n}", self.name);
            let answer = self.person.sending(&self.room, &content).attempt().await;
            let gone = answer.is_err();
            let sent = answer.ok().filter(|reply| reply.status == 201);
            if let Some(sent) = &sent {
                self.signal.acknowledged.fetch_add(1, Ordering::Relaxed);
                self.change(n, sent).await;
            }
            let acknowledged = sent.map(|reply| reply.str("id").to_owned());
            attempts.push(Attempt { content, acknowledged });
            if gone {
                break;
            }
        }
        attempts
    }

    /// Something else with what was sent; whether it comes through is the storm's own affair.
    async fn change(&self, n: usize, sent: &Reply) {
        if self.weather == Weather::Sending {
            return;
        }
        let path = format!("/api/messages/{}", sent.str("id"));
        let call = match n % 5 {
            0 => self.person.patch(&path, json!({ "content": format!("{} {n}, edited", self.name) })),
            1 => self.person.delete(&path),
            2 => self.person.mark(&format!("{path}/reactions/👍")),
            3 => self.person.post("/api/messages/read", json!({ "room_id": self.room.id })),
            _ => return,
        };
        call.attempt().await.ok();
    }
}
