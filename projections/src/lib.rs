//! From events to read models: pure projections, the projector that runs them, rebuild, verify and audit.

pub mod audit;
pub mod directory;
mod fold;
#[cfg(test)]
mod given;
pub mod ports;
mod progress;
pub mod projector;
mod readable;
pub mod rebuild;
mod spans;
pub mod timeline;
pub mod verify;
