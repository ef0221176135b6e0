//! Whatever people do, in whatever order: the rules hold, deciding never panics, and what was emitted gives the
//! same state again, through the store's text and through a snapshot too.

mod friendship;
mod inbox;
mod people;
mod read_cursor;
mod room;
mod store;
mod user;
