//! Filling a hole from the event store: what the brokers lost, or did not keep for so long.

use domain::stored::Raw;
use domain::{Envelope, Position};
use projections::ports::{Checkpoint, LogError, Partition};

use super::Reading;
use crate::adapters::entries::{Readable, from_raw};

/// Events of the store that are looked through at once.
const PAGE: usize = 2_000;

/// Events of a partition that are missing before a record.
pub(super) struct Hole {
    /// The event of the record behind it, until it was given out.
    behind: Option<Envelope<Raw>>,
    /// The offset behind that record.
    next: u64,
    /// Up to where the store was looked through.
    looked: Position,
}

impl Hole {
    /// What is missing between `from` and the event of a record, behind which the partition goes on at the offset `next`.
    pub(super) fn before(event: Envelope<Raw>, next: u64, from: Position) -> Self {
        tracing::warn!(after = from, before = event.position, "a part of the log is filled from the event store");
        Self { behind: Some(event), next, looked: from }
    }

    /// Whether everything was given out.
    pub(super) const fn is_filled(&self) -> bool {
        self.behind.is_none()
    }

    /// Some of what is missing, and with the last of it the record; `end` moves on. Until then the offset stays where it was, so that
    /// whoever begins anew there meets the same hole.
    pub(super) async fn fill(
        &mut self,
        reading: &Reading,
        partition: Partition,
        limit: usize,
        end: &mut Checkpoint,
    ) -> Result<Vec<Readable>, LogError> {
        let mut events = vec![];
        while events.len() < limit {
            let Some(behind) = &self.behind else { break };
            let page = reading.store.raw_after(self.looked, PAGE).await;
            let page = page.map_err(|away| LogError::Unavailable(away.0))?;
            if page.is_empty() {
                return Err(LogError::Rewritten(behind.position));
            }
            for event in page {
                self.looked = event.position;
                let is_last = self.behind.as_ref().is_some_and(|behind| behind.position <= event.position);
                if reading.partitions.of(event.stream, event.payload.subject) == partition {
                    end.position = event.position;
                    end.event_id = Some(event.event_id);
                    events.push(from_raw(event));
                }
                if is_last {
                    self.behind = None;
                    end.offset = self.next;
                    break;
                }
            }
        }
        Ok(events)
    }
}
