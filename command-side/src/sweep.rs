//! Taking away the images that nobody has any more: replaced, removed, of an account that is erased, or kept for a command of which
//! nothing came because its process died in between.
//!
//! It follows from what the streams say and remembers nothing, so it can begin anew at any time and run in several processes. An
//! image that was made before the grace began, and that its person's stream does not name, is never named again: each upload has
//! a name of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use domain::user::{ImageName, UserEvent};
use domain::{Event, Personal, Place, StreamId, Timestamp, UserId, Version};
use futures::StreamExt as _;

use crate::api::now;
use crate::ports::{History, Holder, Images, Shown, Unavailable, Vault};

/// How many people are looked up together.
const AT_ONCE: usize = 100;
/// Between two such looks: sweeping is never in a hurry.
const BREATH: Duration = Duration::from_millis(50);
/// Between two rounds: a part of the grace, within bounds.
const ROUNDS_A_GRACE: u32 = 12;
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
const CHANGED: &str = "ProfileImageChanged";
const DELETED: &str = "AccountDeleted";
/// The newest event, as stores count.
const NEWEST: Version = i64::MAX as u64;

/// What sweeping works with.
pub struct Sweep {
    pub images: Arc<dyn Images>,
    pub shown: Arc<dyn Shown>,
    pub history: Arc<dyn History>,
    pub vault: Arc<dyn Vault>,
    /// How long an image stays after its person gave it up: it may lie in caches and in answers that are on their way.
    pub grace: Duration,
}

/// What somebody's stream says of their image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing can be known of it any more.
    Erased,
    /// They have this one, or none, since then; if they never had any, since ever.
    Has(Option<ImageName>, Timestamp),
}

impl Sweep {
    /// Sweeps again and again.
    pub async fn run(self) {
        let pause = (self.grace / ROUNDS_A_GRACE).clamp(PAUSES.0, PAUSES.1);
        loop {
            tokio::time::sleep(pause).await;
            match self.round(now()).await {
                Ok(0) => {}
                Ok(images) => tracing::info!(images, "images that nobody has any more are taken away"),
                Err(reason) => tracing::warn!(%reason, "old images stay for now"),
            }
        }
    }

    /// Looks at every image once; how many were taken away.
    ///
    /// # Errors
    /// Part of the system is away: what was not looked at is left for the next round.
    pub async fn round(&self, now: Timestamp) -> Result<usize, Unavailable> {
        let (mut all, mut some, mut taken) = (self.images.all(), BTreeMap::new(), 0);
        while let Some(name) = all.next().await.transpose()? {
            if some.len() == AT_ONCE && !some.contains_key(&name.user) {
                taken += self.tidy(take(&mut some), now).await?;
                tokio::time::sleep(BREATH).await;
            }
            some.entry(name.user).or_insert_with(BTreeSet::new).insert(name);
        }
        Ok(taken + self.tidy(some, now).await?)
    }

    /// Most people have the one image that is shown of them; only the others' streams are asked.
    async fn tidy(&self, people: BTreeMap<UserId, BTreeSet<ImageName>>, now: Timestamp) -> Result<usize, Unavailable> {
        let users: Vec<_> = people.keys().copied().collect();
        let shown = self.shown.images(&users).await?;
        let mut taken = 0;
        for (user, names) in people {
            if names.iter().any(|name| shown.get(&user) != Some(name)) {
                taken += self.take_away(user, names, now).await?;
            }
        }
        Ok(taken)
    }

    async fn take_away(&self, user: UserId, names: BTreeSet<ImageName>, now: Timestamp) -> Result<usize, Unavailable> {
        let Some(standing) = self.standing(user.into()).await? else { return Ok(0) };
        let since = Timestamp(now.0.saturating_sub(i64::try_from(self.grace.as_millis()).unwrap_or(i64::MAX)));
        let mut taken = 0;
        for name in names.iter().filter(|name| standing.gave_up(name, since)) {
            self.images.remove(name).await?;
            taken += 1;
        }
        Ok(taken)
    }

    /// What is committed now; `None` when this release can not read it.
    async fn standing(&self, stream: StreamId) -> Result<Option<Standing>, Unavailable> {
        if self.history.last_of_type(stream, DELETED, NEWEST).await?.is_some() {
            return Ok(Some(Standing::Erased));
        }
        let Some(stored) = self.history.last_of_type(stream, CHANGED, NEWEST).await? else {
            return Ok(Some(Standing::Has(None, Timestamp(0))));
        };
        let raw = &stored.payload;
        let Ok(mut event) = Event::read(stream.kind, &raw.event_type, raw.schema_version, &raw.json) else {
            tracing::warn!(%stream, version = stored.version, "this event can not be read: the images stay");
            return Ok(None);
        };
        let place = Place::event(stream, stored.version);
        self.vault.open(&mut [Holder { place, fields: &mut event }]).await?;
        Ok(match event {
            Event::User(UserEvent::ProfileImageChanged { image }) => Standing::of(image, stored.recorded_at),
            _ => None,
        })
    }
}

impl Standing {
    fn of(image: Option<Personal<ImageName>>, since: Timestamp) -> Option<Self> {
        match image {
            None => Some(Self::Has(None, since)),
            Some(Personal::Open { value, .. }) => Some(Self::Has(Some(value), since)),
            Some(Personal::Erased { .. }) => Some(Self::Erased),
            Some(Personal::Sealed { .. }) => None,
        }
    }

    /// Whether an image is nobody's since before `since`.
    fn gave_up(&self, name: &ImageName, since: Timestamp) -> bool {
        match self {
            Self::Erased => true,
            Self::Has(image, changed_at) => {
                *image != Some(*name) && *changed_at < since && i64::from(name.made_at) * 1000 < since.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::user::ImageFormat;
    use uuid::Uuid;

    use super::*;

    const ANN: UserId = UserId(Uuid::from_u128(1));

    /// A picture that was made so many seconds after the beginning.
    fn made(made_at: u32) -> ImageName {
        ImageName { user: ANN, made_at, digest: 7, format: ImageFormat::Jpeg }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp(second * 1000)
    }

    #[test]
    fn what_somebody_has_is_never_given_up_however_old_it_is() {
        let has = Standing::Has(Some(made(1)), second(2));
        assert!(!has.gave_up(&made(1), second(1_000)));
    }

    #[test]
    fn what_was_replaced_or_removed_stays_for_the_grace() {
        for now in [Some(made(50)), None] {
            let has = Standing::Has(now, second(60));
            assert!(!has.gave_up(&made(1), second(60)), "changed just now");
            assert!(has.gave_up(&made(1), second(61)));
        }
    }

    #[test]
    fn what_was_brought_within_the_grace_may_still_be_named() {
        let never = Standing::Has(None, second(0));
        assert!(!never.gave_up(&made(100), second(100)));
        assert!(never.gave_up(&made(99), second(100)));
        let other = Standing::Has(Some(made(1)), second(2));
        assert!(!other.gave_up(&made(100), second(50)));
    }

    #[test]
    fn of_somebody_who_is_erased_nothing_stays() {
        let erased = Standing::of(Some(Personal::Erased { subject: ANN }), second(1));
        assert!(erased.is_some_and(|erased| erased.gave_up(&made(100), second(0))));
    }

    #[test]
    fn what_is_still_sealed_says_nothing() {
        assert_eq!(Standing::of(Some(Personal::Sealed { subject: ANN, sealed: vec![1] }), second(1)), None);
    }
}
