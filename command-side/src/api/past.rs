//! Events that were recorded before, readable: answers are made of them.

use domain::{Envelope, Event, Place, Raw, StreamId, Version};
use uuid::Uuid;

use super::asker::Asker;
use super::{Commands, Error};
use crate::dispatch::Outcome;
use crate::ports::Holder;

impl Commands {
    /// The events of `stream` about `subject` up to a version, in order.
    pub(super) async fn about(&self, stream: StreamId, subject: Uuid, up_to: Version) -> Result<Vec<Envelope>, Error> {
        let stored = self.history.about(stream, subject, up_to).await?;
        self.opened(stored).await
    }

    /// What came of the asker's key before, else of `command`. For commands that are judged outside of their aggregate too: what was
    /// judged then may be otherwise now, and the answer stays the same.
    pub(super) async fn once(
        &self,
        asker: &Asker,
        command: impl Future<Output = Result<Outcome, Error>> + Send,
    ) -> Result<Outcome, Error> {
        match self.recalled(asker).await? {
            Some(outcome) => Ok(outcome),
            None => command.await,
        }
    }

    /// The last event that came of the asker's key before.
    async fn recalled(&self, asker: &Asker) -> Result<Option<Outcome>, Error> {
        let Some((key, request)) = asker.key else { return Ok(None) };
        let Some(used) = self.keys.find(asker.user(), key).await? else { return Ok(None) };
        if used.request != request {
            return Err(Error::KeyReused);
        }
        let stored = self.history.at(used.stream, used.version).await?;
        let event = self.opened(stored.into_iter().collect()).await?.pop();
        Ok(if used.changed { event.map(Outcome::Repeated) } else { Some(Outcome::Unchanged(event)) })
    }

    async fn opened(&self, stored: Vec<Envelope<Raw>>) -> Result<Vec<Envelope>, Error> {
        let mut events = stored.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut holders: Vec<_> = events.iter_mut().map(holder).collect();
        self.vault.open(&mut holders).await?;
        drop(holders);
        Ok(events)
    }
}

/// Reads a stored event; personal fields stay sealed.
pub(super) fn read(stored: Envelope<Raw>) -> Result<Envelope, Error> {
    let raw = &stored.payload;
    let event = Event::read(stored.stream.kind, &raw.event_type, raw.schema_version, &raw.json);
    let event = event.map_err(|error| {
        tracing::error!(stream = %stored.stream, version = stored.version, %error, "an event can not be read");
        Error::Internal
    })?;
    Ok(stored.with(event))
}

fn holder(event: &mut Envelope) -> Holder<'_> {
    Holder { place: Place::event(event.stream, event.version), fields: &mut event.payload }
}
