//! From events to read models: pure projections, the projector that runs them, rebuild, verify and audit.

pub mod directory;
pub mod ports;
pub mod timeline;
