//! What happened to one thing: who did what, when, from which command; what it was at any time; and the proof.

mod check;
mod record;
mod state;
#[cfg(test)]
mod tests;
mod walk;

pub use check::{Broken, Chain, Fault};
pub use domain::opened::{Opened, opened};
pub use record::Record;
pub use state::State;
pub use walk::{At, Unfound, walk};
