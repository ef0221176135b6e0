//! What the function in the database gives, item by item.

use command_side::ports::{Appended, Conflict, Item};
use domain::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Error, Row as _};

use super::super::rows::{damaged, number};
use super::batch::Batch;

/// The answers to `items`, which were sent as `batch`.
pub(super) fn read(items: &[Item], batch: &Batch<'_>, row: &PgRow) -> Result<Vec<Result<Appended, Conflict>>, Error> {
    let (mut head, recorded_at) = (number(row, 0)?, Timestamp(row.try_get(1)?));
    let listed = |column| row.try_get::<Option<Vec<i32>>, _>(column).map(Option::unwrap_or_default);
    let (failed, reasons, culprits) = (listed(2)?, listed(3)?, listed(4)?);
    let mut conflicts = failed.into_iter().zip(reasons.into_iter().zip(culprits)).peekable();
    let mut answers = Vec::with_capacity(items.len());
    for (index, item) in (1..).zip(items) {
        if let Some((_, (reason, culprit))) = conflicts.next_if(|(failed, _)| *failed == index) {
            answers.push(Err(conflict(batch, reason, culprit)?));
            continue;
        }
        let events = if item.stream.is_some() { item.events.len() as u64 } else { 0 };
        // One without events stands where the log ends.
        answers.push(Ok(Appended { position: head + u64::from(events > 0), recorded_at }));
        head += events;
    }
    Ok(answers)
}

fn conflict(batch: &Batch<'_>, reason: i32, culprit: i32) -> Result<Conflict, Error> {
    let conflict = match reason {
        1 => batch.key(culprit).map(|key| Conflict::Key(key.user, key.key)),
        2 => Some(Conflict::Version),
        3 => batch.stream(culprit).map(Conflict::Guard),
        4 => batch.claim(culprit).map(|claim| Conflict::Claim(claim.kind, claim.digest)),
        _ => None,
    };
    conflict.ok_or_else(|| damaged("a conflict of no known kind"))
}
