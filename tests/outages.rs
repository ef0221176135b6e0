//! What happens while a server is away: refused at once, or silent. Each time under load, and nobody lends a hand afterwards.
//!
//! The servers themselves stay up for the other tests: what is taken away is the way to them; of the brokers, which name their own
//! addresses, one of the test's own. Each is away for ten seconds, or for as many as `OUTAGE_SECONDS` says.

mod followers;
mod kafka;
mod load;
mod mongodb;
mod mysql;
mod postgres;
mod redis;
mod seen;
mod town;

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use world::Way;

/// Until everybody has noticed.
const NOTICED: Duration = Duration::from_secs(3);
/// Within this all goes on by itself after a server is back.
const RECOVERY: Duration = Duration::from_secs(30);
/// No call hangs for longer, whatever is away: the program's own bound is 10 s.
const ANSWERED: Duration = Duration::from_secs(12);

/// How long a server is away.
fn away() -> Duration {
    let seconds = std::env::var("OUTAGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// A way to one of the real servers; none, said aloud, where there are none.
async fn way_to(variable: &str) -> Option<Way> {
    if !world::is_distributed() {
        world::skipped("the embedded mode has no servers that could be away: ./test --stack outages");
        return None;
    }
    let url = world::server(variable).unwrap_or_else(|| panic!("{variable} is not set"));
    Some(Way::to_url(&url).await)
}

/// When a server was away, and everybody had noticed.
#[derive(Clone, Copy, Debug)]
struct Outage {
    from: Instant,
    noticed: Instant,
    until: Instant,
}

impl Outage {
    /// Lets the time pass for which a server is to be away, from now on; `meanwhile` is done once everybody has noticed.
    async fn lasts(meanwhile: impl Future<Output = ()>) -> Self {
        let from = Instant::now();
        sleep(NOTICED).await;
        let noticed = Instant::now();
        meanwhile.await;
        sleep_until(from + away()).await;
        Self { from, noticed, until: Instant::now() }
    }
}
