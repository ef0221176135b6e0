//! Pools of connections to servers.

use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Connection as _, Database};

/// For so long a connection is taken to be there still: each is asked when it comes back.
const LATELY: Duration = Duration::from_secs(1);

/// Bounds of a pool that waits up to `patience` for one of at most `most` connections. Before it gives one out it asks whether that is
/// still there only if nobody did lately: asked each time, a statement takes three round trips.
pub(super) fn at_most<DB: Database>(most: u32, patience: Duration) -> PoolOptions<DB> {
    let pool = PoolOptions::new().max_connections(most).acquire_timeout(patience).test_before_acquire(false);
    pool.before_acquire(|connection: &mut DB::Connection, meta| {
        Box::pin(async move {
            if meta.idle_for > LATELY {
                connection.ping().await?;
            }
            Ok(true)
        })
    })
}
