//! The ways of putting load on a server.

pub(crate) mod board;
pub(crate) mod closed;
pub(crate) mod live;
pub(crate) mod paced;
