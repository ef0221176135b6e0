//! How far the brokers are behind the store, told as long as a term lasts: above all while nothing is acknowledged.

use std::convert::Infallible;
use std::time::Duration;

use domain::Position;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::run::{age, behind};
use crate::ports::Unavailable;
use crate::ports::relay::{Outbox, RelayMeter};

const EVERY: Duration = Duration::from_secs(1);

/// Tells each second how much the store holds beyond what is `reached`, and since when; for ever.
pub(super) async fn tell(
    outbox: &dyn Outbox,
    meter: &dyn RelayMeter,
    reached: watch::Receiver<Position>,
) -> Infallible {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let position = *reached.borrow();
        match lag(outbox, position).await {
            Ok((events, seconds)) => meter.relay_lag(events, seconds),
            // That the store is away is said by whoever renews the lease.
            Err(reason) => tracing::debug!(%reason, "how far the relay is behind is not known"),
        }
    }
}

async fn lag(outbox: &dyn Outbox, reached: Position) -> Result<(u64, f64), Unavailable> {
    let events = outbox.after(reached, 1).await?;
    let Some(first) = events.first() else { return Ok((0, 0.0)) };
    // Nothing is waited for: where the store ends now, and not what was told of it last.
    let head = outbox.news(Position::MAX, Duration::ZERO).await?;
    Ok((behind(head.max(first.position), reached), age(first.recorded_at.0)))
}
