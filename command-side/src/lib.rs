//! The write side: commands come in over HTTP, are decided on aggregates, and are appended as events.

pub mod api;
pub mod dispatch;
pub mod import;
pub mod ports;
pub mod processes;
pub mod relay;
pub mod spans;
pub mod sweep;
