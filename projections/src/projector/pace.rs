//! How often is committed: each commit costs as much as many messages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::ports::Partition;

/// The least time from the beginning of one commit to the next: under load a commit then holds more.
const BREATH: Duration = Duration::from_millis(2);
/// The same while nobody waits for what is not there yet.
const LONG_BREATH: Duration = Duration::from_millis(25);
/// The most that these become when many partitions share the model.
const LONGEST: Duration = Duration::from_millis(200);
/// How often it is looked whether somebody waits.
const LOOK: Duration = Duration::from_millis(1);
/// A partition that has committed so lately is busy.
const LATELY: Duration = Duration::from_millis(100);

/// When each partition has committed last. All partitions together commit about as often as one would.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<Partition, Instant>>);

impl Pace {
    /// Lets events gather after a commit of `partition` that began at `began`, as long as nobody waits for them.
    pub(super) async fn breathe(&self, partition: Partition, began: Instant, is_awaited: impl Fn() -> bool) {
        let busy = self.busy(partition);
        sleep_until(began + LONGEST.min(BREATH * busy)).await;
        let (long, look) = (LONGEST.min(LONG_BREATH * busy), LOOK * busy.min(5));
        while began.elapsed() < long && !is_awaited() {
            sleep(look).await;
        }
    }

    /// How many partitions are busy now that this one is.
    fn busy(&self, partition: Partition) -> u32 {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(partition, now);
        last.retain(|_, last| now.duration_since(*last) < LATELY);
        u32::try_from(last.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn many_partitions_together_commit_about_as_often_as_one() {
        let (pace, end) = (Pace::default(), Instant::now() + Duration::from_millis(400));
        let commits = join_all((0..20).map(async |partition| {
            let mut commits = 0;
            while Instant::now() < end {
                pace.breathe(partition, Instant::now(), || true).await;
                commits += 1;
            }
            commits
        }));
        let commits: u32 = commits.await.into_iter().sum();
        assert!((100..=300).contains(&commits), "{commits} commits where one partition makes 200");
    }

    #[tokio::test]
    async fn who_waits_is_not_kept_waiting() {
        let (pace, began) = (Pace::default(), Instant::now());
        pace.breathe(1, began, || began.elapsed() > Duration::from_millis(6)).await;
        assert!(began.elapsed() < Duration::from_millis(15), "{:?}", began.elapsed());
    }
}
