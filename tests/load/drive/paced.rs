//! Open loop: sends leave when the clock says so, whatever the answers take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{sleep, sleep_until};

use super::board::Board;
use crate::client::connection::Connection;
use crate::client::request::Request;
use crate::clock;
use crate::measure::latency::Latency;
use crate::measure::tally::Tally;

const AFTER_FAILURE: Duration = Duration::from_millis(20);

/// A send and the place of its room.
pub(crate) type Send = (usize, Request);

/// What all senders of a run share.
pub(crate) struct Pace {
    pub(crate) address: SocketAddr,
    pub(crate) board: Arc<Board>,
    /// Nanoseconds between two sends of one sender.
    pub(crate) interval: u64,
    pub(crate) measured_from: AtomicU64,
    pub(crate) stopped: AtomicBool,
    pub(crate) latency: Mutex<Latency>,
    pub(crate) errors: Mutex<Tally>,
}

impl Pace {
    /// Sends at `first` and every interval after. A send that had to wait for the answer before it counts from the
    /// moment it should have left, so that a stall is not hidden; the timer's own slack is not counted.
    pub(crate) async fn send(&self, mut connection: Connection, mut sends: Vec<Send>, first: u64) {
        let count = sends.len();
        for turn in 0.. {
            let due = first + turn as u64 * self.interval;
            let began = due_or_now(due).await;
            if self.stopped.load(Relaxed) || count == 0 {
                return;
            }
            let (room, request) = &mut sends[turn % count];
            if !self.send_once(&mut connection, *room, request, began).await {
                sleep(AFTER_FAILURE).await;
                let Ok(reopened) = Connection::open(self.address).await else {
                    return;
                };
                connection = reopened;
            }
        }
    }

    /// False if the connection is lost.
    async fn send_once(&self, connection: &mut Connection, room: usize, request: &mut Request, began: u64) -> bool {
        request.stamp(began);
        match connection.exchange(request.bytes()).await {
            Ok(reply) if reply.status == 201 => {
                self.board.acknowledged(room, reply.version().unwrap_or(0));
                self.answered(began);
            }
            Ok(reply) => self.errors.lock().refused(&reply),
            Err(error) => {
                self.errors.lock().failed(&error);
                return false;
            }
        }
        true
    }

    fn answered(&self, began: u64) {
        if began >= self.measured_from.load(Relaxed) {
            self.latency.lock().record(clock::now() - began);
        }
    }
}

/// Waits until `due` and gives the time then; if that is past already, gives `due` at once.
async fn due_or_now(due: u64) -> u64 {
    if clock::now() > due {
        return due;
    }
    sleep_until(clock::instant(due)).await;
    clock::now()
}
