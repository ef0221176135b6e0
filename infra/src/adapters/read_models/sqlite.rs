//! Read models on SQLite: one file a generation.

pub mod queries;
