//! The read side: the read API, freshness, and live streams.

pub mod api;
mod cursor;
pub mod freshness;
pub mod live;
pub mod names;
pub mod ports;
mod positions;
mod queries;

pub use positions::{NotPositions, Positions};
pub use queries::{Glance, Queries};
