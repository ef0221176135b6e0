//! The last frames of a room, and where each of its followers stands among them.

use std::collections::VecDeque;

use domain::{Position, UserId, Version};

use super::frame::{Frame, Parcel};
use super::seat::End;

/// How many frames a follower can be behind.
const LONGEST: usize = 256;
/// The same when all rings together have grown too large.
const SHORTEST: usize = 32;
/// What is appended together when somebody is gone, before the erasure: an heir, and the leaving.
const LEAVING: usize = 2;
/// What is handed over in one go, in bytes: one write of a connection.
const LARGEST_PARCEL: usize = 64 * 1024;

/// The last frames of one room. Empty until somebody follows.
#[derive(Debug, Default)]
pub(super) struct Ring {
    frames: VecDeque<Frame>,
    /// The number of the first frame; each has one more than the one before.
    first: u64,
    /// The number of the first that is given to who comes back: what stands before is for those who have been here all the time.
    shown: u64,
}

/// Where a follower stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of the next frame to look at.
    next: u64,
    /// The room's version up to which everything was sent.
    pub(super) version: Version,
    /// Read marks at or below this position were sent.
    marks: Position,
}

/// What a follower gets.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) parcel: Parcel,
    pub(super) frames: u64,
    /// The stream is over after it.
    pub(super) end: Option<End>,
    /// Something is missing after it: the client has to reload.
    pub(super) is_broken: bool,
}

impl Ring {
    pub(super) const fn new() -> Self {
        Self { frames: VecDeque::new(), first: 0, shown: 0 }
    }

    /// Adds a frame; lets old ones go, whoever still needs them. Returns by how many bytes the ring grew.
    pub(super) fn push(&mut self, frame: Frame, is_tight: bool) -> isize {
        let mut grown = size(&frame);
        if frame.hides_before {
            grown -= self.hide();
        }
        self.frames.push_back(frame);
        while self.frames.len() > if is_tight { SHORTEST } else { LONGEST } {
            grown -= self.frames.pop_front().as_ref().map_or(0, size);
            self.first += 1;
        }
        grown
    }

    /// Lets go of what was said so far. Who follows is still told of a leaving and of an heir, which come just before. Returns how
    /// many bytes that were.
    fn hide(&mut self) -> isize {
        let kept = self.frames.iter().rev().take(LEAVING).take_while(|frame| frame.is_of_members()).count();
        let gone = self.frames.len() - kept;
        self.first += gone as u64;
        self.shown = self.first + kept as u64;
        self.frames.drain(..gone).map(|frame| size(&frame)).sum()
    }

    /// Breaks off: for everybody who stands here something is missing now. Returns by how many bytes the ring grew.
    pub(super) fn break_off(&mut self) -> isize {
        let grown = -self.size();
        self.first += self.frames.len() as u64 + 1;
        self.frames.clear();
        grown
    }

    /// How many bytes are in it.
    pub(super) fn size(&self) -> isize {
        self.frames.iter().map(size).sum()
    }

    /// A place for somebody who was sent everything up to `version`, and the read marks up to the position `marks`.
    /// None when what comes after `version` has been let go.
    pub(super) fn place(&self, version: Version, marks: Position) -> Option<Place> {
        let next = self.first.max(self.shown);
        let oldest = self.frames_from(next).find_map(|frame| frame.version);
        let follows = oldest.is_none_or(|oldest| oldest <= version + 1);
        follows.then_some(Place { next, version, marks })
    }

    /// What comes next for `user`, who stands at `place`.
    pub(super) fn take(&self, place: &mut Place, user: UserId) -> Taken {
        let mut taken = Taken { is_broken: place.next < self.first, ..Taken::default() };
        if taken.is_broken {
            return taken;
        }
        for frame in self.frames_from(place.next) {
            if taken.parcel.len() >= LARGEST_PARCEL || !place.pass(frame, user, &mut taken) {
                break;
            }
        }
        taken
    }

    /// From the frame with a number, which is not let go yet.
    fn frames_from(&self, number: u64) -> impl Iterator<Item = &Frame> {
        let start = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        self.frames.range(start.min(self.frames.len())..)
    }
}

impl Place {
    /// Passes one frame; whether to go on.
    fn pass(&mut self, frame: &Frame, user: UserId, taken: &mut Taken) -> bool {
        if self.was_sent(frame) {
            self.next += 1;
            return true;
        }
        if frame.version.is_some_and(|version| version > self.version + 1) {
            taken.is_broken = true;
            return false;
        }
        let Some(text) = frame.text() else { return false };
        taken.parcel.add(text);
        taken.frames += 1;
        self.next += 1;
        self.version = frame.version.unwrap_or(self.version);
        taken.end = frame.end_of(user);
        taken.end.is_none()
    }

    fn was_sent(&self, frame: &Frame) -> bool {
        frame.version.map_or(frame.position <= self.marks, |version| version <= self.version)
    }
}

fn size(frame: &Frame) -> isize {
    isize::try_from(frame.size()).unwrap_or(isize::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::live::frame::{Leaver, Words};
    use crate::live::given::user;

    fn frame(version: Version) -> Frame {
        let text = Bytes::from(format!("{version} "));
        Frame::new(Some(version), version * 10, Words::Known(text), 0)
    }

    fn mark(position: Position) -> Frame {
        Frame::new(None, position, Words::Known(Bytes::from(format!("mark{position} "))), 0)
    }

    fn ring(frames: impl IntoIterator<Item = Frame>) -> Ring {
        let mut ring = Ring::default();
        for frame in frames {
            ring.push(frame, false);
        }
        ring
    }

    fn text(taken: Taken) -> String {
        String::from_utf8(taken.parcel.into_bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn who_stands_in_a_ring_that_breaks_off_misses_something_and_who_comes_after_does_not() {
        let mut ring = ring([frame(1), frame(2)]);
        let mut all = ring.place(2, 0).expect("a place");
        ring.take(&mut all, user(1));
        let size = ring.size();
        assert_eq!(ring.break_off(), -size);
        assert!(ring.take(&mut all, user(1)).is_broken);
        let mut later = ring.place(3, 0).expect("a place");
        ring.push(frame(4), false);
        assert_eq!(text(ring.take(&mut later, user(1))), "4 ");
    }

    #[test]
    fn a_follower_gets_what_comes_after_its_version_once() {
        let mut ring = ring((5..8).map(frame));
        let mut place = ring.place(5, 0).expect("a place");
        assert_eq!(text(ring.take(&mut place, user(1))), "6 7 ");
        assert_eq!(text(ring.take(&mut place, user(1))), "");
        ring.push(frame(8), false);
        assert_eq!(text(ring.take(&mut place, user(1))), "8 ");
    }

    #[test]
    fn read_marks_are_told_apart_by_position() {
        let ring = ring([mark(48), frame(5), mark(55), mark(57), frame(6)]);
        let mut place = ring.place(5, 55).expect("a place");
        assert_eq!(text(ring.take(&mut place, user(1))), "mark57 6 ");
    }

    #[test]
    fn nobody_is_placed_behind_a_gap() {
        let ring = ring((5..8).map(frame));
        assert!(ring.place(3, 0).is_none());
        assert!(ring.place(4, 0).is_some() && ring.place(9, 0).is_some());
        assert!(Ring::default().place(3, 0).is_some());
    }

    #[test]
    fn one_who_is_too_slow_finds_something_missing() {
        let mut ring = ring([frame(1)]);
        let mut place = ring.place(0, 0).expect("a place");
        for version in 2..=LONGEST as u64 + 1 {
            ring.push(frame(version), false);
        }
        let taken = ring.take(&mut place, user(1));
        assert!(taken.is_broken && taken.frames == 0);
    }

    #[test]
    fn a_version_that_never_came_is_missed() {
        let ring = ring([frame(1), frame(3)]);
        let mut place = ring.place(0, 0).expect("a place");
        let taken = ring.take(&mut place, user(1));
        assert!(taken.is_broken);
        assert_eq!(text(taken), "1 ");
    }

    #[test]
    fn a_leaver_gets_the_leaving_and_nothing_after_it() {
        let mut leaving = frame(2);
        leaving.leaver = Leaver::One(user(1), End::Removed);
        let ring = ring([frame(1), leaving, frame(3)]);
        let mut place = ring.place(0, 0).expect("a place");
        let mut other = place;
        let taken = ring.take(&mut place, user(1));
        assert_eq!(taken.end, Some(End::Removed));
        assert_eq!(text(taken), "1 2 ");
        assert_eq!(text(ring.take(&mut other, user(2))), "1 2 3 ");
    }

    #[test]
    fn what_is_not_known_yet_holds_up_what_comes_behind_it() {
        let awaited = std::sync::Arc::new(std::sync::OnceLock::new());
        let ring = ring([frame(1), Frame::new(Some(2), 20, Words::Awaited(awaited.clone()), 0), frame(3)]);
        let mut place = ring.place(0, 0).expect("a place");
        assert_eq!(text(ring.take(&mut place, user(1))), "1 ");
        awaited.set(Bytes::from_static(b"2 ")).expect("set once");
        assert_eq!(text(ring.take(&mut place, user(1))), "2 3 ");
    }

    #[test]
    fn what_many_rings_take_is_bounded() {
        let mut ring = ring((1..=200).map(frame));
        ring.push(frame(201), true);
        assert_eq!(ring.frames.len(), SHORTEST);
    }

    #[test]
    fn what_must_not_be_shown_again_goes_and_who_has_seen_it_goes_on() {
        let mut ring = ring([frame(1), frame(2)]);
        let (mut behind, mut up_to_date) = (ring.place(0, 0).expect("a place"), ring.place(2, 0).expect("a place"));
        assert_eq!(text(ring.take(&mut up_to_date, user(1))), "");
        let size = ring.size();
        let mut erased = frame(3);
        erased.hides_before = true;
        assert_eq!(ring.push(erased, false) + size, ring.size());
        assert_eq!(text(ring.take(&mut up_to_date, user(1))), "3 ");
        assert!(ring.take(&mut behind, user(1)).is_broken, "it reads what it missed as it is now");
    }

    #[test]
    fn who_follows_is_told_that_somebody_left_and_is_erased_and_who_comes_back_reads_it() {
        let mut ring = ring([frame(1)]);
        let mut follower = ring.place(1, 0).expect("a place");
        let (mut left, mut erased) = (frame(2), frame(3));
        (left.leaver, erased.hides_before) = (Leaver::One(user(2), End::Left), true);
        ring.push(left, false);
        ring.push(erased, false);
        assert_eq!(text(ring.take(&mut follower, user(1))), "2 3 ");
        assert_eq!(ring.place(1, 0), None, "names are among what is hidden");
        let mut later = ring.place(2, 0).expect("a place");
        assert_eq!(text(ring.take(&mut later, user(1))), "3 ");
    }

    #[test]
    fn a_ring_knows_its_size() {
        let mut ring = Ring::default();
        let grown: isize = (1..=300).map(|version| ring.push(frame(version), version % 7 == 0)).sum();
        assert_eq!(ring.size(), grown);
    }
}
