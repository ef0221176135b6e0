//! What an audit reads.

use std::sync::Arc;

use async_trait::async_trait;
use command_side::ports::{Holder, Vault as _};
use domain::stored::Raw;
use domain::{Envelope, Event, HasPersonal, Place};
use projections::audit::{Opened, Unfound};
use projections::ports::{History, Opening, Unavailable};
use serde_json::Value;

use crate::adapters::beside::{Beside, Failure};
use crate::adapters::vault::KeyVault;

/// The event store, and the keys of what is sealed in it.
pub(super) struct Stores {
    pub(super) events: Arc<dyn History>,
    keys: Arc<KeyVault>,
}

impl Stores {
    pub(super) fn of(beside: &Beside) -> Self {
        Self { events: beside.history(), keys: beside.vault() }
    }

    /// An event's payload in the shape in which it is stored, with what is sealed in it opened.
    pub(super) async fn payload(&self, event: &Envelope<Raw>) -> Result<Value, Failure> {
        let mut opened = Opened(serde_json::from_str(&event.payload.json)?);
        self.open(Place::event(event.stream, event.version), &mut opened).await?;
        Ok(opened.0)
    }

    /// The event in today's shape, opened.
    pub(super) async fn event(&self, event: &Envelope<Raw>) -> Result<Event, Failure> {
        let Raw { event_type, schema_version, json, .. } = &event.payload;
        let mut read = Event::read(event.stream.kind, event_type, *schema_version, json)?;
        self.open(Place::event(event.stream, event.version), &mut read).await?;
        Ok(read)
    }
}

#[async_trait]
impl Opening for Stores {
    async fn open(&self, place: Place, fields: &mut dyn HasPersonal) -> Result<(), Unavailable> {
        let opened = self.keys.open(&mut [Holder { place, fields }]).await;
        opened.map_err(|away| Unavailable(away.0))
    }
}

/// Why an audit ends early.
pub(super) struct Ended(pub(super) Failure);

impl From<Unfound> for Ended {
    fn from(unfound: Unfound) -> Self {
        Self(unfound.into())
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self(error.into())
    }
}
