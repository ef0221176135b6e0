//! Verifying the live generation against a scratch one.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::ClientSession;
use mongodb::error::Error;
use projections::ports::{Frozen, Scratch, Unavailable, Verification};
use projections::timeline::TimelineChange;
use tokio::time::Instant;

use super::digests::{ScratchDigests, SnapshotDigests};
use super::faults::{away, read};
use super::generation::Generation;
use super::lease::Lease;
use super::state::Seen;
use super::writer::{Purpose, Writer, parked};
use super::{MongoTimeline, schema};

/// How long nobody begins to write, at most, until there is a moment at which nothing is half written.
const PAUSE: Duration = Duration::from_secs(3);
/// How long such a moment is waited for: a projector that takes over from one that was killed first has to notice.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How often before projectors are asked to pause.
const QUIET_LOOKS: u32 = 5;

/// The verification of the timeline. While it lives, no other process begins one.
pub struct MongoVerification {
    timeline: Arc<MongoTimeline>,
    #[expect(dead_code, reason = "held for as long as the verification runs")]
    lease: Lease,
}

impl MongoVerification {
    /// Prepares a verification of `timeline`; waits some seconds for one that was killed to be taken for dead.
    ///
    /// # Errors
    /// Another verification runs, or MongoDB is away.
    pub async fn new(timeline: Arc<MongoTimeline>) -> Result<Self, Unavailable> {
        let lease = Lease::take(timeline.registry(), "verification").await?;
        Ok(Self { timeline, lease })
    }

    /// A snapshot of the live generation at a moment at which no batch is half written.
    async fn whole(&self, live: &Generation) -> Result<(ClientSession, Seen), Unavailable> {
        let end = Instant::now() + PATIENCE;
        for looks in 0.. {
            let (session, seen) = self.snapshot(live).await.map_err(away)?;
            if seen.writing.is_empty() {
                return Ok((session, seen));
            }
            if Instant::now() > end {
                break;
            }
            if looks % QUIET_LOOKS == QUIET_LOOKS - 1 && !seen.is_paused {
                live.state.pause(PAUSE).await.map_err(away)?;
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Unavailable(
            "the timeline holds a batch that was left half written: start a projector, then verify".to_owned(),
        ))
    }

    async fn snapshot(&self, live: &Generation) -> Result<(ClientSession, Seen), Error> {
        let client = self.timeline.registry().client();
        let mut session = read(async { client.start_session().snapshot(true).await }).await?;
        let seen = live.state.look_in(&mut session).await?;
        Ok((session, seen))
    }
}

#[async_trait]
impl Verification<TimelineChange> for MongoVerification {
    async fn frozen(&self) -> Result<Frozen, Unavailable> {
        self.timeline.keep_up().await.map_err(away)?;
        let live = self.timeline.live();
        let whole = self.whole(&live).await;
        // If this fails, the pause ends by itself.
        let _ = live.state.pause(Duration::ZERO).await;
        let (mut session, seen) = whole?;
        let parked = parked::all_in(&live.database, &mut session).await.map_err(away)?;
        let digests = SnapshotDigests::of(live.database.clone(), session);
        Ok(Frozen { checkpoints: seen.checkpoints(), parked, digests })
    }

    async fn scratch(&self) -> Result<Scratch<TimelineChange>, Unavailable> {
        let (registry, database) = (self.timeline.registry(), self.timeline.registry().scratch());
        registry.drop(&database).await.map_err(away)?;
        schema::prepare(&database).await.map_err(away)?;
        let writer = Writer::of(database.clone(), Purpose::Scratch);
        writer.state.prepare().await.map_err(away)?;
        Ok(Scratch { model: Arc::new(writer), digests: Arc::new(ScratchDigests(database)) })
    }

    async fn clear(&self) {
        // What is left is removed when the next one begins.
        let _ = self.timeline.registry().drop(&self.timeline.registry().scratch()).await;
    }
}
