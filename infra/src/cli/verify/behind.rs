//! Whether a read model stands where the log ends: of one that does not, or of an empty one, little is proven.

use std::time::{Duration, Instant};

use domain::Position;
use query_side::Positions;
use tokio::time::sleep;

use crate::adapters::beside::{Beside, Failure};
use crate::adapters::partitions::THE_STORE;
use crate::adapters::read_models::sqlite::Model;

/// How long a model that does not move is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(250);

/// Waits until `model` has passed where the log ends now, as long as it moves. Where the log ends, if it does not get there.
///
/// # Errors
/// A store is away.
pub(super) async fn behind(beside: &Beside, model: Model) -> Result<Option<Position>, Failure> {
    let (end, mut stood, mut since) = (beside.ends().await?, Positions::default(), Instant::now());
    loop {
        let stands = stands(beside, model, &end).await?;
        // Where much is on its way to brokers, its end in each topic is told too far on.
        if stands.covers(&end) || stands.covers(&beside.ends().await?) {
            return Ok(None);
        }
        if stands != stood {
            (stood, since) = (stands, Instant::now());
        } else if since.elapsed() > PATIENCE {
            return Ok(end.iter().map(|(_, position)| position).max());
        }
        sleep(LOOK).await;
    }
}

/// Where it stands in each partition of `end`: what was folded from the store itself holds for all.
async fn stands(beside: &Beside, model: Model, end: &Positions) -> Result<Positions, Failure> {
    let mut known = Positions::default();
    for (partition, checkpoint) in beside.checkpoints(model).await? {
        known.raise(partition, checkpoint.position);
    }
    let mut stands = Positions::default();
    end.iter().for_each(|(partition, _)| stands.raise(partition, known.get(partition).max(known.get(THE_STORE))));
    Ok(stands)
}
