//! What the events of a backup need and the other parts do not hold: those were copied earlier.

use std::collections::HashSet;
use std::path::Path;

use command_side::ports::{Holder, Unavailable, Vault as _};
use domain::user::{ImageName, UserEvent};
use domain::{Event, Kind, Personal, Place, StreamId, UserId};

use super::{Failure, Manifest};
use crate::adapters::event_store::SqliteEventStore;
use crate::adapters::keyless::{PAGE, People as _, keyless};
use crate::adapters::vault::KeyVault;

/// Later than any event of a stream.
const ALWAYS: u64 = i64::MAX.cast_unsigned();

/// What is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    /// People without a key.
    pub people: u64,
    /// Images that somebody has.
    pub images: u64,
}

/// Looks for what the `events` need of `keys` and, unless they are left out, of `images`.
///
/// # Errors
/// A file can not be read.
pub(super) async fn gaps(events: &Path, keys: &Path, images: Option<&Manifest>) -> Result<Gaps, Failure> {
    let (store, vault) = (SqliteEventStore::open_beside(events).await?, KeyVault::open_beside(keys));
    let found = async {
        let people = keyless(&*store, &*vault).await?;
        let images = match images {
            Some(images) => missing(&store, &vault, &names(images)).await?,
            None => 0,
        };
        Ok::<_, Unavailable>(Gaps { people, images })
    };
    let found = found.await;
    store.close().await;
    vault.close().await;
    found.map_err(|away| away.0.into())
}

fn names(images: &Manifest) -> HashSet<ImageName> {
    let name = |path: &Path| ImageName::parse(path.file_name()?.to_str()?).ok();
    images.files.iter().filter_map(|file| name(&file.path)).map(|(name, _)| name).collect()
}

/// How many people have an image that is none of `kept`.
async fn missing(store: &SqliteEventStore, vault: &KeyVault, kept: &HashSet<ImageName>) -> Result<u64, Unavailable> {
    let (mut after, mut count) = (None, 0);
    loop {
        let people = store.people_after(after, PAGE).await?;
        let Some(last) = people.last().copied() else { return Ok(count) };
        for user in people {
            let image = image_of(store, vault, user).await?;
            count += u64::from(image.is_some_and(|image| !kept.contains(&image)));
        }
        after = Some(last);
    }
}

async fn image_of(store: &SqliteEventStore, vault: &KeyVault, user: UserId) -> Result<Option<ImageName>, Unavailable> {
    use command_side::ports::History as _;
    let stream = StreamId { kind: Kind::User, id: user.0 };
    let Some(last) = store.last_of_type(stream, "ProfileImageChanged", ALWAYS).await? else { return Ok(None) };
    let raw = &last.payload;
    let read = Event::read(stream.kind, &raw.event_type, raw.schema_version, &raw.json);
    let mut event = read.map_err(|error| Unavailable(error.to_string()))?;
    let place = Place::event(stream, last.version);
    vault.open(&mut [Holder { place, fields: &mut event }]).await?;
    match event {
        Event::User(UserEvent::ProfileImageChanged { image }) => Ok(image.and_then(Personal::into_value)),
        _ => Ok(None),
    }
}
