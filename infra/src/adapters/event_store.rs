//! The event store on SQLite, and the log that is read from it.
