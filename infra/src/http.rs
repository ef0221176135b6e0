//! The HTTP edge: who asks, within which bounds, and how a refusal looks. Knows no resource.

mod arrival;
mod auth;
mod bodies;
mod ceiling;
mod client;
mod connection;
mod cors;
mod document;
mod edge;
mod health;
mod limits;
mod listeners;
mod meanwhile;
mod older_rooms;
mod packing;
mod pass;
mod problem;
mod readiness;
mod rules;
mod seats;
mod serve;
mod shutdown;
#[cfg(test)]
mod tests;
mod trace;
mod wire;

pub use auth::Verify;
pub use bodies::Bodies;
pub use document::{document, finished};
pub use edge::{Edge, Parts, router};
pub use listeners::{Error, Listeners, Port, addresses};
pub use meanwhile::meanwhile;
pub use readiness::Readiness;
pub use serve::serve_until;
pub use shutdown::Signals;
