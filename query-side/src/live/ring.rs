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
mod tests;
