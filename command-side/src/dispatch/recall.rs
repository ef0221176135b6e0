//! Answers that are made again from what is stored.

use domain::{Envelope, Event, Place, StreamId, Version};

use super::Parts;
use super::order::{Error, Key, Outcome};
use crate::ports::{Holder, KeyUse};

/// What came of `key` before, if it was used.
pub(super) async fn recall(parts: &Parts, key: &Key) -> Result<Option<Outcome>, Error> {
    let Some(KeyUse { request, stream, version, changed, .. }) = parts.keys.find(key.user, key.key).await? else {
        return Ok(None);
    };
    if request != key.request {
        return Err(Error::KeyReused);
    }
    let event = event_at(parts, stream, version).await?;
    if !changed {
        return Ok(Some(Outcome::Unchanged(event)));
    }
    let event = event.ok_or_else(|| Error::Unavailable(format!("{stream} has lost its version {version}")))?;
    Ok(Some(Outcome::Repeated(event)))
}

/// The event of `stream` at `version`, opened.
pub(super) async fn event_at(
    parts: &Parts,
    stream: StreamId,
    version: Version,
) -> Result<Option<Envelope<Event>>, Error> {
    if version == 0 {
        return Ok(None);
    }
    let Some(stored) = parts.history.at(stream, version).await? else { return Ok(None) };
    let raw = &stored.payload;
    let mut event = Event::read(stream.kind, &raw.event_type, raw.schema_version, &raw.json)
        .map_err(|error| Error::Unavailable(format!("{stream}: {error}")))?;
    parts.vault.open(&mut [Holder { place: Place::event(stream, version), fields: &mut event }]).await?;
    Ok(Some(stored.with(event)))
}
