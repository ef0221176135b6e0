//! What the floors below need from the world, and the program that puts it all together.

pub mod adapters;
pub mod cli;
pub mod config;
pub mod data;
pub mod http;
pub mod roles;
pub mod telemetry;
