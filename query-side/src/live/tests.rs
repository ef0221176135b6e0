//! Streams over a world in memory.

mod all_rooms;
mod crowds;
mod ends;
mod one_room;
mod races;
