//! Streams over a world in memory.

mod all_rooms;
mod crowds;
mod ends;
mod inbox;
mod one_room;
mod races;
