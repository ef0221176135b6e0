//! Streams over a world in memory.

mod all_rooms;
mod crowds;
mod ends;
mod friends;
mod inbox;
mod one_room;
mod races;
