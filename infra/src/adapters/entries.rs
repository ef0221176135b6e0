//! From stored events to entries of a log: read in today's shape, then opened.

use std::sync::Arc;

use command_side::ports::Holder;
use domain::stored::Raw;
use domain::{Envelope, Event, Place, Position};
use projections::ports::{Entry, LogError, Unreadable};

use crate::adapters::vault::{Broken, KeyVault};

/// How many are opened before others on this thread get their turn.
const AT_ONCE: usize = 64;
/// About what an entry takes in memory besides its payload, in bytes.
const FRAME: usize = 512;

/// An entry and about how many bytes it takes in memory.
pub(super) struct Decoded {
    pub(super) entry: Entry,
    pub(super) bytes: usize,
}

/// A payload where it lies.
pub(super) struct Text<'r> {
    pub(super) event_type: &'r str,
    pub(super) schema_version: u16,
    pub(super) json: &'r str,
}

/// An event whose personal fields are still sealed, or none that this release can read.
pub struct Readable {
    event: Result<Envelope<Event>, Unreadable>,
    bytes: usize,
}

impl Readable {
    pub(super) fn position(&self) -> Position {
        self.event.as_ref().map_or_else(|event| event.position, |event| event.position)
    }
}

/// Reads an event whose payload lies where it was read.
pub(super) fn from_text(event: Envelope<Text<'_>>) -> Readable {
    let (frame, text) = split(event);
    read(frame, &text)
}

/// Reads an event as it is stored.
pub(super) fn from_raw(event: Envelope<Raw>) -> Readable {
    let (frame, raw) = split(event);
    let Raw { event_type, schema_version, json, .. } = &raw;
    read(frame, &Text { event_type, schema_version: *schema_version, json })
}

fn split<P>(event: Envelope<P>) -> (Envelope<()>, P) {
    let Envelope { position, stream, version, event_id, recorded_at, actor, payload } = event;
    (Envelope { position, stream, version, event_id, recorded_at, actor, payload: () }, payload)
}

fn read(frame: Envelope<()>, text: &Text<'_>) -> Readable {
    let event = match Event::read(frame.stream.kind, text.event_type, text.schema_version, text.json) {
        Ok(event) => Ok(frame.with(event)),
        Err(error) => Err(unreadable(&frame, error.to_string())),
    };
    Readable { event, bytes: FRAME + text.json.len() }
}

fn unreadable<P>(event: &Envelope<P>, why: String) -> Unreadable {
    let Envelope { position, event_id, stream, version, recorded_at, .. } = *event;
    Unreadable { position, event_id, stream, version, recorded_at, why }
}

/// Opens `events`; what was tampered with becomes unreadable, and only that.
pub(super) async fn decoded(vault: &KeyVault, mut events: Vec<Readable>) -> Result<Vec<Decoded>, LogError> {
    for some in events.chunks_mut(AT_ONCE) {
        let mut open: Vec<_> = some.iter_mut().filter_map(|one| one.event.as_mut().ok()).collect();
        let mut holders: Vec<_> = open.iter_mut().map(|event| holder(event)).collect();
        let broken = vault.open_each(&mut holders).await.map_err(|away| LogError::Unavailable(away.0))?;
        drop(holders);
        let broken: Vec<_> = broken.into_iter().map(|Broken { index, why }| unreadable(open[index], why)).collect();
        for broken in broken {
            some.iter_mut()
                .filter(|one| one.position() == broken.position)
                .for_each(|one| one.event = Err(broken.clone()));
        }
        tokio::task::yield_now().await;
    }
    let entry = |event| match event {
        Ok(event) => Entry::Event(Arc::new(event)),
        Err(unreadable) => Entry::Unreadable(unreadable),
    };
    Ok(events.into_iter().map(|one| Decoded { entry: entry(one.event), bytes: one.bytes }).collect())
}

fn holder(event: &mut Envelope<Event>) -> Holder<'_> {
    Holder { place: Place::event(event.stream, event.version), fields: &mut event.payload }
}
