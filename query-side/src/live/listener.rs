//! Somebody who listens to all their rooms: a bounded queue of frames, whichever room they come from.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Position, RoomId};
use parking_lot::Mutex;
use projections::ports::Partition;

use super::frame::Frame;
use super::frames::id_line;
use super::ring::Taken;
use super::seat::Seat;
use crate::Positions;

/// How many frames can wait for one listener: of all partitions together.
const LONGEST: usize = 1024;
/// What is handed over in one go, in bytes.
const LARGEST_PARCEL: usize = 64 * 1024;

/// A stream of all rooms of a user.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) seat: Arc<Seat>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<(Partition, RoomId, Frame)>,
    /// Something had to be let go.
    is_broken: bool,
    /// The rooms that it listens to.
    rooms: Vec<RoomId>,
}

impl Listener {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        Self { seat, queue: Mutex::default() }
    }

    /// Puts a frame in the queue. One that is too many breaks it: all are let go.
    pub(super) fn push(&self, partition: Partition, room: RoomId, frame: &Frame) {
        let mut queue = self.queue.lock();
        if queue.frames.len() < LONGEST && !queue.is_broken {
            queue.frames.push_back((partition, room, frame.clone()));
        } else {
            queue.break_off();
        }
    }

    /// Something that can not be told apart came: the client has to reload.
    pub(super) fn break_off(&self) {
        self.queue.lock().break_off();
    }

    /// Begins again with an empty queue.
    pub(super) fn clear(&self) {
        let mut queue = self.queue.lock();
        queue.frames.clear();
        queue.is_broken = false;
    }

    /// Whether something had to be let go.
    pub(super) fn is_broken(&self) -> bool {
        self.queue.lock().is_broken
    }

    /// Notes that it listens to `room`; whether it did not before.
    pub(super) fn enter(&self, room: RoomId) -> bool {
        let mut queue = self.queue.lock();
        let is_new = !queue.rooms.contains(&room);
        if is_new {
            queue.rooms.push(room);
        }
        is_new
    }

    /// Notes that it no longer listens to `room`.
    pub(super) fn leave(&self, room: RoomId) {
        self.queue.lock().rooms.retain(|entered| *entered != room);
    }

    /// Lets go what waits of `room` from before the position `since`: it was not to be heard after all.
    pub(super) fn unhear(&self, room: RoomId, since: Position) {
        self.queue.lock().frames.retain(|(_, of, frame)| *of != room || frame.position >= since);
    }

    /// The rooms that it listens to.
    pub(super) fn rooms(&self) -> Vec<RoomId> {
        self.queue.lock().rooms.clone()
    }

    /// What comes next for somebody who was sent everything up to `sent`.
    pub(super) fn take(&self, sent: &mut Positions) -> Taken {
        let mut queue = self.queue.lock();
        let mut taken = Taken { is_broken: queue.is_broken, ..Taken::default() };
        while let Some((partition, _, frame)) = queue.frames.front()
            && taken.parcel.len() < LARGEST_PARCEL
        {
            if frame.position > sent.get(*partition) {
                let Some(body) = frame.body() else { break };
                add(&mut taken, frame, *partition, &body, sent);
            }
            queue.frames.pop_front();
        }
        taken
    }
}

impl Queue {
    fn break_off(&mut self) {
        self.is_broken = true;
        self.frames = VecDeque::new();
    }
}

fn add(taken: &mut Taken, frame: &Frame, partition: Partition, body: &Bytes, sent: &mut Positions) {
    if frame.version.is_some() {
        sent.raise(partition, frame.position);
        taken.parcel.add(&id_line(sent).into());
    }
    taken.parcel.add(body);
    taken.frames += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::frame::Words;
    use crate::live::given;

    const ROOM: RoomId = RoomId(uuid::Uuid::nil());

    fn listener() -> Listener {
        Listener::new(Arc::new(Seat::new(given::caller(1))))
    }

    fn frame(version: u64, position: u64) -> Frame {
        let text = format!("id: {version}\nbody{position}\n");
        let id_length = u8::try_from(text.find("body").expect("a body")).expect("short");
        Frame::new(Some(version), position, Words::Known(text.into()), id_length)
    }

    fn text(taken: Taken) -> String {
        String::from_utf8(taken.parcel.into_bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn ids_are_positions_and_what_was_sent_is_left_out() {
        let listener = listener();
        [frame(7, 10), frame(2, 11), frame(8, 13)].iter().for_each(|frame| listener.push(0, ROOM, frame));
        let mut sent = Positions::of(0, 10);
        let (first, second) = (Positions::of(0, 11), Positions::of(0, 13));
        assert_eq!(text(listener.take(&mut sent)), format!("id: {first}\nbody11\nid: {second}\nbody13\n"));
        assert_eq!(sent, second);
    }

    #[test]
    fn a_read_mark_has_no_id() {
        let listener = listener();
        listener.push(0, ROOM, &Frame::new(None, 12, Words::Known(Bytes::from_static(b"mark\n")), 0));
        let mut sent = Positions::of(0, 10);
        assert_eq!(text(listener.take(&mut sent)), "mark\n");
        assert_eq!(sent, Positions::of(0, 10));
    }

    #[test]
    fn one_who_is_too_slow_finds_something_missing() {
        let listener = listener();
        (1..=LONGEST as u64 + 1).for_each(|n| listener.push(0, ROOM, &frame(n, n)));
        let taken = listener.take(&mut Positions::default());
        assert!(taken.is_broken && taken.frames == 0);
        listener.clear();
        listener.push(0, ROOM, &frame(300, 300));
        assert_eq!(listener.take(&mut Positions::default()).frames, 1);
    }
}
