//! The seals of a log, checked: each covers the positions after the previous one up to its own.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::Position;
use domain::hash::{Hash, Seal};

/// Seals that a check reads at once.
const PAGE: u32 = 256;

/// Up to where the log is sealed, and with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastSeal {
    pub(super) up_to: Position,
    pub(super) hash: Hash,
}

/// A store whose log is sealed.
#[async_trait]
pub trait Sealed: Send + Sync {
    /// At most `limit` seals behind `up_to`, in order.
    async fn seals_after(&self, up_to: Position, limit: u32) -> Result<Vec<LastSeal>, Unavailable>;

    /// The positions behind `after` up to `up_to` and the hashes of their events, in order, as far as they are there.
    async fn hashes(&self, after: Position, up_to: Position) -> Result<Vec<(Position, Hash)>, Unavailable>;

    /// The head of the log if positions behind `up_to` are missing.
    async fn hole_after(&self, up_to: Position) -> Result<Option<Position>, Unavailable>;
}

/// The seal after `last` over the positions up to `up_to`; `None` when one of them is missing.
pub(super) async fn seal_over(
    store: &impl Sealed,
    last: LastSeal,
    up_to: Position,
) -> Result<Option<Hash>, Unavailable> {
    let events = store.hashes(last.up_to, up_to).await?;
    if events.len() as u64 != up_to - last.up_to {
        return Ok(None);
    }
    let mut seal = Seal::after(last.hash);
    events.into_iter().for_each(|(position, hash)| seal.cover(position, hash));
    Ok(Some(seal.finish()))
}

/// What a check of all seals found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealCheck {
    /// How many seals hold, one after another from the first.
    pub holding: u64,
    /// The position up to which they cover the log.
    pub up_to: Position,
    /// The position up to which the first seal reaches that does not hold; without such, the head of a log that has a hole
    /// behind the last seal.
    pub broken: Option<Position>,
}

/// Computes every seal of `store` again, up to the first that does not hold.
///
/// # Errors
/// The store is away, or a row is damaged.
pub async fn check_seals(store: &impl Sealed) -> Result<SealCheck, Unavailable> {
    let (mut check, mut last) = (SealCheck::default(), LastSeal::default());
    loop {
        let page = store.seals_after(last.up_to, PAGE).await?;
        if page.is_empty() {
            return Ok(SealCheck { broken: store.hole_after(check.up_to).await?, ..check });
        }
        for seal in page {
            if seal_over(store, last, seal.up_to).await? != Some(seal.hash) {
                return Ok(SealCheck { broken: Some(seal.up_to), ..check });
            }
            last = seal;
            check = SealCheck { holding: check.holding + 1, up_to: seal.up_to, broken: None };
        }
    }
}
