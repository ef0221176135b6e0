//! What the ring of a room keeps, gives and lets go.

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
    ring.take(&mut follower, user(1));
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
