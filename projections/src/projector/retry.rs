//! Trying parked streams again: this release may read what an earlier one could not.

use std::time::Duration;

use domain::Position;

use crate::fold::{Trouble, park, project};
use crate::ports::{Checkpoint, Commit, CommitError, Entry, Log, LogError, Parked, Partition, Projection, ReadModel};

/// Entries of the log that are looked through at a time.
const CHUNK: usize = 1_000;
/// How long the log is waited for: what is looked for is there, but it may have to be fetched.
const WAIT: Duration = Duration::from_secs(2);

/// Applies every parked stream as far as can be, up to where the model stands. Those that still can not stay parked.
pub(super) async fn parked<P: Projection>(
    log: &dyn Log,
    model: &dyn ReadModel<P::Change>,
    partition: Partition,
) -> Result<(), Trouble> {
    let mut parked = model.parked().await?;
    parked.retain(|one| log.may_hold(partition, one.stream));
    if parked.is_empty() {
        return Ok(());
    }
    let at = model.checkpoint(partition).await?;
    for one in parked {
        again::<P>(log, model, partition, at, one).await?;
    }
    Ok(())
}

/// Applies one stream from where it is parked.
async fn again<P: Projection>(
    log: &dyn Log,
    model: &dyn ReadModel<P::Change>,
    partition: Partition,
    at: Checkpoint,
    mut parked: Parked,
) -> Result<(), Trouble> {
    let first = parked.version;
    loop {
        let (entries, is_end) = chunk(log, partition, parked.position, at.position).await?;
        let Tried { changes, further, is_stuck } = tried::<P>(&entries, &parked);
        // A stream of which nothing was found lies in another partition.
        let is_over = is_end && !is_stuck && further.version > first;
        if is_over || !changes.is_empty() {
            let (parked, released) =
                if is_over { (vec![], vec![further.stream]) } else { (vec![further.clone()], vec![]) };
            let commit = Commit { partition, from: at, to: at, changes, parked, released };
            match model.commit(commit).await {
                Ok(()) => {}
                // It can be read now, but not kept: it stays where it is.
                Err(CommitError::Rejected(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        if is_over {
            tracing::info!(model = P::NAME, stream = %further.stream, "a parked stream goes on");
        }
        if is_end || is_stuck {
            return Ok(());
        }
        parked = further;
    }
}

/// The entries from `position` on, but not above `end`; and whether these are the last. That nothing came in time does not say so:
/// brokers may be slow.
async fn chunk(
    log: &dyn Log,
    partition: Partition,
    position: Position,
    end: Position,
) -> Result<(Vec<Entry>, bool), Trouble> {
    if position > end {
        return Ok((vec![], true));
    }
    let mut entries = log.read(partition, log.above(position.saturating_sub(1)), CHUNK, WAIT).await?.entries;
    let Some(last) = entries.last().map(Entry::position) else {
        return match log.appended(partition).await? < position {
            true => Ok((vec![], true)),
            false => {
                Err(LogError::Unavailable("what stands behind a parked event did not come in time".to_owned()).into())
            }
        };
    };
    entries.retain(|entry| entry.position() <= end);
    Ok((entries, last >= end))
}

/// What some entries come to for a stream.
struct Tried<C> {
    changes: Vec<C>,
    /// Where the stream goes on.
    further: Parked,
    /// Whether it can not go on there.
    is_stuck: bool,
}

fn tried<P: Projection>(entries: &[Entry], parked: &Parked) -> Tried<P::Change> {
    let mut tried = Tried { changes: vec![], further: parked.clone(), is_stuck: false };
    for entry in entries {
        if entry.stream() == parked.stream {
            match project::<P>(entry) {
                Ok(more) => tried.changes.extend(more),
                Err(why) => return Tried { further: park(entry, why), is_stuck: true, ..tried },
            }
            tried.further.version = entry.version() + 1;
        }
        tried.further.position = entry.position() + 1;
    }
    tried
}
