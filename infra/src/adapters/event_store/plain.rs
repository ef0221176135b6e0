//! The way of most batches: new events and nothing else, written by the thread that asks.
//!
//! sqlx runs each statement on a thread of its own and hands results back and forth. On two busy cores that is seven changes of
//! thread a batch, each waiting for its turn: a third of the time in which nobody else can append. Everything that is not on this
//! path goes through sqlx.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, TransactionBehavior, params};

use super::batch::Judged;
use super::connect;
use super::insert::id_text;
use crate::adapters::metadata;

const INSERT: &str = "INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
    payload, metadata, recorded_at, subject, event_id, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/// How long a lock of another connection is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection for plain batches. One fsync a batch, as for all others.
pub(super) struct Plain(Connection);

impl Plain {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -4096)?;
        connection.pragma_update(None, "wal_autocheckpoint", connect::PAGES_AHEAD)?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        Ok(Self(connection))
    }

    /// Appends the events of `judged`: durable when it returns, and nothing is left of it when it fails before the commit.
    pub(super) fn append(&mut self, judged: &Judged<'_>) -> Result<(), Error> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut insert = transaction.prepare_cached(INSERT)?;
        for placed in &judged.events {
            let raw = &placed.event.raw;
            insert.execute(params![
                placed.position.cast_signed(),
                placed.stream.kind.as_str(),
                id_text(placed.stream),
                placed.version.cast_signed(),
                raw.event_type,
                raw.schema_version.to_string(),
                raw.json,
                metadata::write(&placed.event.actor),
                placed.recorded_at.0,
                raw.subject.as_bytes(),
                placed.event.event_id.0.as_bytes(),
                raw.hash.0,
            ])?;
        }
        drop(insert);
        transaction.commit()
    }
}

/// Whether a value is at fault.
pub(super) fn is_of_a_value(error: &Error) -> bool {
    use ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    matches!(error.sqlite_error_code(), Some(ConstraintViolation | TooBig | TypeMismatch))
}
