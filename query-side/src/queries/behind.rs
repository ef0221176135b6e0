//! Finding what stands behind so many newer ones.

use domain::Version;

use crate::ports::Place;

/// The version behind the newest `count` of a timeline; 0 when there is none. `newest` gives the newest at or below a version.
///
/// Between two lie at least as many versions as there are between their ranks: that leaves little to look through, and half of it
/// falls away with each look.
pub(super) async fn behind<E, F: Future<Output = Result<Option<Place>, E>>>(
    up_to: Version,
    count: u64,
    newest: impl Fn(Version) -> F,
) -> Result<Version, E> {
    let Some(mut high) = newest(up_to).await? else { return Ok(0) };
    let Some(wanted) = high.rank.checked_sub(count).filter(|wanted| *wanted > 0) else { return Ok(0) };
    let mut low = Place::default();
    while high.rank != wanted {
        let (least, most) = (low.version + (wanted - low.rank), high.version - (high.rank - wanted));
        let look = least.midpoint(most);
        match newest(look).await? {
            Some(found) if found.rank >= wanted => high = found,
            // Nothing lies between it and where it was looked.
            found => low = Place { version: look, rank: found.map_or(0, |found| found.rank) },
        }
    }
    Ok(high.version)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;
    use std::future::ready;

    use super::*;

    /// What is found behind `count`, and after how many looks.
    async fn found(versions: &[Version], count: u64) -> (Version, u32) {
        let looks = Cell::new(0);
        let newest = |up_to: Version| {
            looks.set(looks.get() + 1);
            let rank = versions.partition_point(|version| *version <= up_to);
            let place = rank.checked_sub(1).map(|last| Place { rank: rank as u64, version: versions[last] });
            ready(Ok::<_, Infallible>(place))
        };
        let Ok(version) = behind(u64::MAX / 2, count, newest).await;
        (version, looks.get())
    }

    #[tokio::test]
    async fn each_is_found_however_they_lie() {
        let dense: Vec<Version> = (1..=100).collect();
        let sparse: Vec<Version> = (1..=100).map(|n| n * n).collect();
        let uneven: Vec<Version> = (1..=50).chain((1..=50).map(|n| 1_000_000 + 1_000 * n)).collect();
        for versions in [dense, sparse, uneven] {
            for (count, expected) in (0..).zip(versions.iter().rev()) {
                assert_eq!(found(&versions, count).await.0, *expected, "{count}");
            }
            assert_eq!(found(&versions, 100).await.0, 0);
        }
        assert_eq!(found(&[], 0).await.0, 0);
    }

    #[tokio::test]
    async fn a_million_versions_take_few_looks() {
        let versions: Vec<Version> = (1..=500_000).map(|n| n + n / 7 * 7).collect();
        assert!(found(&versions, 123_456).await.1 <= 22);
    }
}
