//! The event store that it is brought to.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use command_side::import::{IMPORT, Target};
use command_side::ports::Meter;
use command_side::ports::processes::{Feed as _, Turn};
use domain::Timestamp;

use crate::adapters::clock;
use crate::adapters::log_feed::LogFeed;
use crate::adapters::stores::Stores;

type Failure = Box<dyn Error + Send + Sync>;

/// Where to bring things to in `stores`.
///
/// # Errors
/// People have written there, or it is away.
pub async fn target(stores: &Stores, meter: Arc<dyn Meter>) -> Result<Target, Failure> {
    Ok(Target {
        append: stores.past.clone(),
        history: stores.history.clone(),
        snapshots: stores.snapshots.clone(),
        keys: stores.keys.clone(),
        vault: stores.vault.clone(),
        claims: stores.claims.clone(),
        digests: stores.secrets.clone(),
        rooms: stores.older_rooms.clone(),
        meter,
        reached: reached(stores).await?,
        began: clock::now(),
    })
}

/// When the last event was recorded, if there is one; it has to be one that was brought over: what happened before others could not be
/// put before them.
async fn reached(stores: &Stores) -> Result<Option<Timestamp>, Failure> {
    let feed = LogFeed::new(stores.log.clone());
    let Some(before) = feed.head().await?.checked_sub(1) else { return Ok(None) };
    let last = feed.after(before, 1, Duration::ZERO).await?.events.pop();
    match last {
        Some(event) if event.actor.correlation_id == IMPORT => Ok(Some(event.recorded_at)),
        _ => Err("the event store holds what was not brought over: import into an empty one, before anybody is let in"
            .into()),
    }
}

/// Says that the process manager `name` has seen to all of it: nobody is told of what happened then.
///
/// # Errors
/// The store is away, or a process carries it on.
pub async fn settle(stores: &Stores, name: &'static str) -> Result<(), Failure> {
    let (head, turns) = (LogFeed::new(stores.log.clone()).head().await?, (stores.turns)(name));
    let turn = turns.take().await?.ok_or("a process serves: stop it, and begin the import again")?;
    let is_kept = turns.keep(Turn { position: head.max(turn.position), ..turn }).await?;
    turns.release(turn.epoch).await;
    if is_kept { Ok(()) } else { Err("a process serves: stop it, and begin the import again".into()) }
}
