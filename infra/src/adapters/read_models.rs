//! The read models.

pub mod sqlite;
