//! Where in the log something stands, for every partition at once.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Position;
use projections::ports::Partition;

/// The first byte of the text form, raised when it changes.
const FORM: u8 = 1;
/// Four bytes of partition, eight of position.
const PAIR: usize = 12;
/// More partitions than any log has: a longer text is nonsense.
const MOST_PAIRS: usize = 256;

/// A position per partition; a partition that is not named is at 0. Its text form is opaque to clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(Vec<(Partition, Position)>);

/// A text that no server of ours has given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position of this log")]
pub struct NotPositions;

impl Positions {
    /// One partition's position.
    #[must_use]
    pub fn of(partition: Partition, position: Position) -> Self {
        Self(vec![(partition, position)])
    }

    /// The same of one partition, and nothing of the others.
    #[must_use]
    pub fn only(&self, partition: Partition) -> Self {
        Self::of(partition, self.get(partition))
    }

    /// The position in `partition`.
    #[must_use]
    pub fn get(&self, partition: Partition) -> Position {
        self.0.iter().find(|(known, _)| *known == partition).map_or(0, |(_, position)| *position)
    }

    /// Moves `partition` forward to `position`, never back.
    pub fn raise(&mut self, partition: Partition, position: Position) {
        match self.0.binary_search_by_key(&partition, |(known, _)| *known) {
            Ok(at) => self.0[at].1 = self.0[at].1.max(position),
            Err(at) => self.0.insert(at, (partition, position)),
        }
    }

    /// Moves every partition forward to where `other` is.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(partition, position)| self.raise(partition, position));
    }

    /// Whether this is at or past `other` everywhere.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(partition, position)| self.get(partition) >= position)
    }

    /// Every partition that is named, and its position.
    pub fn iter(&self) -> impl Iterator<Item = (Partition, Position)> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(1 + PAIR * self.0.len());
        bytes.push(FORM);
        for (partition, position) in &self.0 {
            bytes.extend_from_slice(&partition.to_be_bytes());
            bytes.extend_from_slice(&position.to_be_bytes());
        }
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Positions {
    type Err = NotPositions;

    fn from_str(text: &str) -> Result<Self, NotPositions> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotPositions)?;
        let (&FORM, pairs) = bytes.split_first().ok_or(NotPositions)? else { return Err(NotPositions) };
        let (pairs, rest) = pairs.as_chunks::<PAIR>();
        if pairs.is_empty() || !rest.is_empty() || pairs.len() > MOST_PAIRS {
            return Err(NotPositions);
        }
        let pairs: Vec<_> = pairs.iter().map(pair).collect();
        if pairs.is_sorted_by(|(one, _), (other, _)| one < other) { Ok(Self(pairs)) } else { Err(NotPositions) }
    }
}

fn pair(bytes: &[u8; PAIR]) -> (Partition, Position) {
    let [a, b, c, d, position @ ..] = *bytes;
    (u32::from_be_bytes([a, b, c, d]), u64::from_be_bytes(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_form_comes_back_as_what_it_was() {
        let mut positions = Positions::of(3, 7);
        positions.raise(0, u64::MAX);
        assert_eq!(positions.to_string().parse(), Ok(positions));
    }

    #[test]
    fn nonsense_is_refused() {
        let one_pair_too_short = URL_SAFE_NO_PAD.encode([FORM, 0, 0, 0, 0, 1]);
        let of_another_form = URL_SAFE_NO_PAD.encode([[2].as_slice(), &[0; PAIR]].concat());
        let the_same_partition_twice = URL_SAFE_NO_PAD.encode([[FORM].as_slice(), &[0; 2 * PAIR]].concat());
        let texts =
            ["", "x", "-1", "1.5", "AAAA", "{}", &one_pair_too_short, &of_another_form, &the_same_partition_twice];
        for text in texts {
            assert_eq!(text.parse::<Positions>(), Err(NotPositions), "{text}");
        }
    }

    #[test]
    fn partitions_say_nothing_of_each_other() {
        let (one, other) = (Positions::of(0, 9), Positions::of(1, 1));
        assert!(!one.covers(&other) && !other.covers(&one));
        let mut both = one.clone();
        both.merge(&other);
        assert!(both.covers(&one) && both.covers(&other));
    }

    #[test]
    fn a_position_never_goes_back() {
        let mut positions = Positions::of(0, 9);
        positions.raise(0, 4);
        assert_eq!(positions.get(0), 9);
    }
}
