//! Which rooms somebody here listens to, and up to where the log was looked at for them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

use domain::{Position, RoomId, UserId, Version};
use parking_lot::Mutex;
use projections::ports::Partition;

use super::channel::Channel;
use super::frame::Frame;
use super::listener::Listener;
use super::ring::{Place, Taken};
use super::seat::Seat;
use crate::Positions;

/// What all rings may take before each keeps less, in bytes.
const MOST_BYTES: isize = 256 * 1024 * 1024;

/// The meeting place of the log and the streams. The log is read once, whatever the number of streams.
#[derive(Default)]
pub(super) struct Hub {
    rooms: Mutex<Followed>,
    ring_bytes: AtomicIsize,
    /// From when it is known where the log is read from, as long as that can be read on.
    is_going: AtomicBool,
}

/// What is looked up for every event. The positions stand under the same lock as the rooms: a room that is entered at a
/// position has been, or will be, handed every event after it.
#[derive(Default)]
pub(super) struct Followed {
    pub(super) positions: Positions,
    pub(super) channels: HashMap<RoomId, Arc<Channel>>,
    listeners: HashMap<UserId, Vec<Arc<Listener>>>,
}

/// A stream's entry into one room, given up when it is dropped.
pub(super) struct Entry {
    hub: Arc<Hub>,
    channel: Arc<Channel>,
    slot: u32,
}

/// A listener's entry into whichever room its user is in, given up when it is dropped.
pub(super) struct Hearing {
    hub: Arc<Hub>,
    pub(super) listener: Arc<Listener>,
}

impl Hub {
    /// From now on it is handed what comes after `from`.
    pub(super) fn start(&self, from: Positions) {
        self.rooms.lock().positions = from;
        self.is_going.store(true, Ordering::Release);
    }

    /// Up to where the log was looked at.
    pub(super) fn positions(&self) -> Positions {
        self.rooms.lock().positions.clone()
    }

    /// Enters a room: what is looked at from now on is kept for `seat`.
    pub(super) fn enter(self: &Arc<Self>, room: RoomId, seat: Arc<Seat>) -> Entry {
        let channel = self.rooms.lock().channel(room, |channel| channel.let_in(seat));
        let (channel, slot) = channel;
        Entry { hub: self.clone(), channel, slot }
    }

    /// Enters for somebody who wants to hear all rooms: those that they come into from now on are kept for them.
    pub(super) fn hear(self: &Arc<Self>, seat: Arc<Seat>) -> Hearing {
        let listener = Arc::new(Listener::new(seat));
        let mut rooms = self.rooms.lock();
        rooms.listeners.entry(listener.seat.caller.user).or_default().push(listener.clone());
        Hearing { hub: self.clone(), listener }
    }

    /// Looks at a part of the log that ends at `end`: for which rooms there is something in it.
    pub(super) fn look<T>(&self, partition: Partition, end: Position, look: impl FnOnce(&Followed) -> T) -> T {
        let mut rooms = self.rooms.lock();
        let found = look(&rooms);
        rooms.positions.raise(partition, end);
        found
    }

    /// Lets the listeners of `users` into `room`, from `position` on. None when there are none, and nobody else is there.
    pub(super) fn welcome(&self, room: RoomId, users: &[UserId], position: Position) -> Option<Arc<Channel>> {
        let mut rooms = self.rooms.lock();
        let listeners: Vec<_> = users.iter().filter_map(|user| rooms.listeners.get(user)).flatten().cloned().collect();
        if listeners.is_empty() {
            return rooms.channels.get(&room).cloned();
        }
        let tune_in = |channel: &Channel| listeners.iter().for_each(|listener| channel.tune_in(listener, position));
        Some(rooms.channel(room, tune_in).0)
    }

    /// The room, if anybody here listens to it.
    pub(super) fn channel(&self, room: RoomId) -> Option<Arc<Channel>> {
        self.rooms.lock().channels.get(&room).cloned()
    }

    /// Hands a frame to everybody in a room.
    pub(super) fn publish(&self, channel: &Channel, partition: Partition, frame: Frame) {
        let is_tight = self.ring_bytes.load(Ordering::Relaxed) > MOST_BYTES;
        let grown = channel.publish(partition, frame, is_tight);
        self.ring_bytes.fetch_add(grown, Ordering::Relaxed);
    }

    /// Lets everybody in a room know that something can not be told.
    pub(super) fn break_off(&self, channel: &Channel) {
        self.ring_bytes.fetch_add(channel.break_off(), Ordering::Relaxed);
    }

    /// Whether nobody is here, and nothing is kept.
    #[cfg(test)]
    pub(super) fn is_deserted(&self) -> bool {
        let rooms = self.rooms.lock();
        rooms.channels.is_empty() && rooms.listeners.is_empty() && self.ring_bytes.load(Ordering::Relaxed) == 0
    }

    /// No more of the log can be looked at.
    pub(super) fn stop(&self) {
        self.is_going.store(false, Ordering::Release);
    }

    pub(super) fn is_going(&self) -> bool {
        self.is_going.load(Ordering::Acquire)
    }

    /// Lets a listener into no more rooms.
    fn forget(&self, gone: &Arc<Listener>) {
        let mut rooms = self.rooms.lock();
        let user = gone.seat.caller.user;
        if let Some(listeners) = rooms.listeners.get_mut(&user) {
            listeners.retain(|listener| !Arc::ptr_eq(listener, gone));
            if listeners.is_empty() {
                rooms.listeners.remove(&user);
            }
        }
    }

    /// Forgets a room in which nobody is left.
    pub(super) fn tidy(&self, room: RoomId) {
        self.rooms.lock().tidy(room);
    }
}

impl Followed {
    /// Does something with the channel of `room`, which is made if there is none.
    fn channel<T>(&mut self, room: RoomId, act: impl FnOnce(&Channel) -> T) -> (Arc<Channel>, T) {
        let channel = self.channels.entry(room).or_insert_with(|| Arc::new(Channel::new(room)));
        let done = act(channel);
        (channel.clone(), done)
    }

    fn tidy(&mut self, room: RoomId) {
        if self.channels.get(&room).is_some_and(|channel| channel.is_empty()) {
            self.channels.remove(&room);
        }
    }

    /// Whether any of `users` listens to all their rooms.
    pub(super) fn anybody_listens(&self, mut users: impl Iterator<Item = UserId>) -> bool {
        !self.listeners.is_empty() && users.any(|user| self.listeners.contains_key(&user))
    }
}

impl Entry {
    /// A place behind `version` and the read marks up to the position `marks`; none when too much has been let go.
    pub(super) fn place(&self, version: Version, marks: Position) -> Option<Place> {
        self.channel.place(version, marks)
    }

    /// What comes next at `place` for `user`.
    pub(super) fn take(&self, place: &mut Place, user: UserId) -> Taken {
        self.channel.take(place, user)
    }

    /// The room.
    pub(super) fn room(&self) -> RoomId {
        self.channel.room
    }

    /// Up to where the log was looked at.
    pub(super) fn looked_at(&self) -> Positions {
        self.hub.positions()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut rooms = self.hub.rooms.lock();
        self.hub.ring_bytes.fetch_add(self.channel.let_go(self.slot), Ordering::Relaxed);
        rooms.tidy(self.channel.room);
    }
}

impl Hearing {
    /// Begins to hear `rooms`, with nothing waiting; returns up to where the log was looked at.
    pub(super) fn begin(&self, rooms: impl Iterator<Item = (RoomId, Partition)>) -> Positions {
        let mut followed = self.hub.rooms.lock();
        self.listener.clear();
        let positions = followed.positions.clone();
        for (room, partition) in rooms {
            followed.channel(room, |channel| channel.tune_in(&self.listener, positions.get(partition)));
        }
        positions
    }

    /// Hears `rooms` no more, unless it was let in again after the position that stands with each.
    pub(super) fn leave(&self, rooms: impl Iterator<Item = (RoomId, Position)>) {
        let mut followed = self.hub.rooms.lock();
        for (room, up_to) in rooms {
            if let Some(channel) = followed.channels.get(&room) {
                channel.tune_out(&self.listener, up_to);
            }
            followed.tidy(room);
        }
    }

    /// Up to where the log was looked at.
    pub(super) fn looked_at(&self) -> Positions {
        self.hub.positions()
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.hub.forget(&self.listener);
        self.leave(self.listener.rooms().into_iter().map(|room| (room, Position::MAX)));
    }
}
