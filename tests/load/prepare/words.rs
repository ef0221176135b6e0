//! Names and sentences of made-up words, some of which are very frequent and most of which are rare; always the same ones.

const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: usize = CONSONANTS.len() * VOWELS.len();
/// Words of which messages are made.
pub(crate) const VOCABULARY: usize = 20_000;
pub(crate) const GIVEN: usize = 300;
pub(crate) const FAMILIES: usize = 2_000;

/// The word of this rank: all are different, and of at least two syllables.
pub(crate) fn word(rank: usize) -> String {
    let mut rest = rank + SYLLABLES;
    let mut word = vec![];
    while rest > 0 {
        word.extend([CONSONANTS[rest % SYLLABLES / VOWELS.len()], VOWELS[rest % VOWELS.len()]]);
        rest /= SYLLABLES;
    }
    String::from_utf8_lossy(&word).into_owned()
}

/// Chance that is always the same.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new() -> Self {
        Self(7)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// A rank below `end`: as often below 10 as from 10 to 100, and so on, as words are used.
    pub(crate) fn rank(&mut self, end: usize) -> usize {
        ((end as f64).powf(self.unit()) as usize).saturating_sub(1)
    }

    pub(crate) fn sentence(&mut self) -> String {
        let count = 4 + self.below(9);
        let words: Vec<_> = (0..count).map(|_| word(self.rank(VOCABULARY))).collect();
        words.join(" ")
    }

    /// A given name and that of a family.
    pub(crate) fn name(&mut self) -> (String, String) {
        (word(self.rank(GIVEN)), word(self.rank(FAMILIES)))
    }

    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_words_are_different() {
        let words: HashSet<_> = (0..VOCABULARY).map(word).collect();
        assert_eq!(words.len(), VOCABULARY);
    }

    #[test]
    fn some_words_are_frequent_and_most_are_rare() {
        let mut chance = Chance::new();
        let ranks: Vec<_> = (0..10_000).map(|_| chance.rank(VOCABULARY)).collect();
        let frequent = ranks.iter().filter(|rank| **rank < 10).count();
        let rare = ranks.iter().filter(|rank| **rank >= 2_000).count();
        assert!((1_500..3_500).contains(&frequent) && (1_500..3_500).contains(&rare), "{frequent} {rare}");
        assert!(ranks.iter().all(|rank| *rank < VOCABULARY));
    }
}
