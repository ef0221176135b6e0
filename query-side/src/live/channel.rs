//! A room that somebody here listens to.

use std::sync::Arc;

use domain::{Position, RoomId, UserId, Version};
use parking_lot::Mutex;
use projections::ports::Partition;

use super::frame::{Frame, Leaver};
use super::listener::Listener;
use super::ring::{Place, Ring, Taken};
use super::seat::{End, Seat};
use super::slots::Slots;

/// One room's last frames, and who is there to hear them.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) room: RoomId,
    ring: Mutex<Ring>,
    audience: Mutex<Audience>,
}

#[derive(Debug)]
struct Audience {
    /// Streams of this room.
    followers: Slots<Arc<Seat>>,
    /// Streams of all rooms of somebody who is a member.
    listeners: Vec<Ear>,
}

#[derive(Debug)]
struct Ear {
    listener: Arc<Listener>,
    /// The position from which it listens.
    since: Position,
}

impl Channel {
    pub(super) const fn new(room: RoomId) -> Self {
        let audience = Audience { followers: Slots::new(), listeners: Vec::new() };
        Self { room, ring: Mutex::new(Ring::new()), audience: Mutex::new(audience) }
    }

    /// Lets a stream of this room in; returns the number of its place.
    pub(super) fn let_in(&self, seat: Arc<Seat>) -> u32 {
        self.audience.lock().followers.put(seat)
    }

    /// Lets a stream of this room go; returns by how many bytes the ring grew, which is less than nothing.
    pub(super) fn let_go(&self, slot: u32) -> isize {
        let mut audience = self.audience.lock();
        audience.followers.take(slot);
        let nobody = audience.followers.is_empty();
        if nobody { -std::mem::take(&mut *self.ring.lock()).size() } else { 0 }
    }

    /// Lets a listener hear what comes after the position `since`. What it has heard already was not for it: it was let in by who was a
    /// member once, and whoever comes anew was gone meanwhile.
    pub(super) fn tune_in(&self, listener: &Arc<Listener>, since: Position) {
        let mut audience = self.audience.lock();
        if listener.enter(self.room) {
            audience.listeners.push(Ear { listener: listener.clone(), since });
        } else if let Some(ear) = audience.ear(listener) {
            ear.since = ear.since.max(since);
            listener.unhear(self.room, ear.since);
        }
    }

    /// Lets a listener hear no more, unless it was let in after the position `up_to`. What it has heard meanwhile was not for it.
    pub(super) fn tune_out(&self, listener: &Arc<Listener>, up_to: Position) {
        let mut audience = self.audience.lock();
        audience.lose(self.room, |ear| Arc::ptr_eq(&ear.listener, listener) && ear.since <= up_to);
        let since = audience.ear(listener).map_or(Position::MAX, |ear| ear.since);
        listener.unhear(self.room, since);
    }

    /// Ends what `user` has of this room.
    pub(super) fn end(&self, user: UserId, end: End) {
        let is_theirs = |seat: &&Arc<Seat>| seat.caller.user == user;
        self.audience.lock().followers.iter().filter(is_theirs).for_each(|seat| seat.end(end));
        self.put_out(user);
    }

    /// Lets what `user` has of all rooms hear no more of this one.
    pub(super) fn put_out(&self, user: UserId) {
        self.lose(|ear| ear.listener.seat.caller.user == user);
    }

    /// Hands a frame to everybody here; returns by how many bytes the ring grew.
    pub(super) fn publish(&self, partition: Partition, frame: Frame, is_tight: bool) -> isize {
        let mut audience = self.audience.lock();
        audience.listeners.iter().for_each(|ear| ear.listener.push(partition, self.room, &frame));
        if let Leaver::One(user, _) = frame.leaver {
            audience.lose(self.room, |ear| ear.listener.seat.caller.user == user);
        }
        if audience.followers.is_empty() { 0 } else { self.ring.lock().push(frame, is_tight) }
    }

    /// Something happened here that can not be told; returns by how many bytes the ring grew.
    pub(super) fn break_off(&self) -> isize {
        self.audience.lock().listeners.iter().for_each(|ear| ear.listener.break_off());
        self.ring.lock().break_off()
    }

    /// Wakes everybody here.
    pub(super) fn wake(&self) {
        let audience = self.audience.lock();
        audience.followers.iter().for_each(|seat| seat.wake());
        audience.listeners.iter().for_each(|ear| ear.listener.seat.wake());
    }

    pub(super) fn is_empty(&self) -> bool {
        let audience = self.audience.lock();
        audience.followers.is_empty() && audience.listeners.is_empty()
    }

    /// A place in the ring; see [`Ring::place`].
    pub(super) fn place(&self, version: Version, marks: Position) -> Option<Place> {
        self.ring.lock().place(version, marks)
    }

    /// What comes next at `place`; see [`Ring::take`].
    pub(super) fn take(&self, place: &mut Place, user: UserId) -> Taken {
        self.ring.lock().take(place, user)
    }

    fn lose(&self, goes: impl Fn(&Ear) -> bool) {
        self.audience.lock().lose(self.room, goes);
    }
}

impl Audience {
    fn ear(&mut self, listener: &Arc<Listener>) -> Option<&mut Ear> {
        self.listeners.iter_mut().find(|ear| Arc::ptr_eq(&ear.listener, listener))
    }

    fn lose(&mut self, room: RoomId, goes: impl Fn(&Ear) -> bool) {
        self.listeners.retain(|ear| {
            let goes = goes(ear);
            if goes {
                ear.listener.leave(room);
                // What it just heard is the last from here: nobody else wakes it for that.
                ear.listener.seat.wake();
            }
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;
    use crate::Positions;
    use crate::live::frame::Words;
    use crate::live::given;

    fn frame(version: Version, position: Position) -> Frame {
        Frame::new(Some(version), position, Words::Known(Bytes::from(format!("id: {version}\nframe{version}\n"))), 6)
    }

    fn heard(listener: &Listener) -> String {
        String::from_utf8(listener.take(&mut Positions::default()).parcel.into_bytes().to_vec()).expect("UTF-8")
    }

    /// Put out at 9, which the hub had passed and the read model had not: what came at 11 was heard before that was seen.
    #[test]
    fn one_who_was_put_out_already_hears_nothing_of_what_came_meanwhile() {
        let (channel, listener) =
            (Channel::new(RoomId(Uuid::nil())), Arc::new(Listener::new(Arc::new(Seat::new(given::caller(1))))));
        channel.tune_in(&listener, 10);
        channel.publish(0, frame(7, 11), false);
        channel.tune_out(&listener, 10);
        channel.publish(0, frame(8, 12), false);
        assert_eq!(heard(&listener), "");
    }

    #[test]
    fn one_who_was_let_in_again_hears_what_came_from_then_on() {
        let (channel, listener) =
            (Channel::new(RoomId(Uuid::nil())), Arc::new(Listener::new(Arc::new(Seat::new(given::caller(1))))));
        channel.tune_in(&listener, 10);
        channel.publish(0, frame(7, 11), false);
        channel.tune_in(&listener, 12);
        channel.publish(0, frame(8, 12), false);
        channel.tune_out(&listener, 10);
        let heard = heard(&listener);
        assert!(heard.ends_with("frame8\n") && !heard.contains("frame7"), "{heard}");
    }
}
