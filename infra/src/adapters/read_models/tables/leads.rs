//! Which word leads, where people are looked for by the beginnings of several: the rarest, through the index.

use domain::UserId;

/// Behind every text that begins with what stands before it.
const LAST: char = char::MAX;
/// Up to here it is counted how many words begin so: those with fewer are all looked at.
pub(in crate::adapters::read_models) const FEW: u64 = 2_000;
/// Of those with a frequent word so many are looked at, where something else has to be so of them too.
pub(in crate::adapters::read_models) const LOOKED_AT: u32 = 500;
/// Only so many words are counted, the longest.
const MOST_COUNTED: usize = 6;
/// How many words begin so; in either database.
pub(in crate::adapters::read_models) const COUNTED: &str =
    "SELECT count(*) AS count FROM (SELECT 1 AS one FROM user_words WHERE word >= ? AND word < ? LIMIT 2000) counted";

/// The word that leads, and those that have to stand beside it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::adapters::read_models) struct Lead {
    pub(in crate::adapters::read_models) word: String,
    pub(in crate::adapters::read_models) others: Vec<String>,
    pub(in crate::adapters::read_models) is_rare: bool,
}

impl Lead {
    /// Of `words`, of which the first ones are so frequent.
    pub(in crate::adapters::read_models) fn of(words: &[String], counts: &[u64]) -> Option<Self> {
        let (count, at) = counts.iter().enumerate().map(|(at, count)| (*count, at)).min()?;
        let word = words.get(at)?.clone();
        let others = words.iter().filter(|other| **other != word).cloned().collect();
        Some(Self { word, others, is_rare: count < FEW })
    }

    /// Behind all that begin with the word.
    pub(in crate::adapters::read_models) fn end(&self) -> String {
        end(&self.word)
    }
}

/// Behind all that begin with `word`.
pub(in crate::adapters::read_models) fn end(word: &str) -> String {
    format!("{word}{LAST}")
}

/// Those of `words` that may lead, first: behind a match they are those that begin its word, so that a page goes on in the order of the
/// one before; and how many of them are to be counted.
pub(in crate::adapters::read_models) fn leading(
    words: &[String],
    after: Option<&(String, UserId)>,
) -> (Vec<String>, usize) {
    let begins = |word: &String| after.is_some_and(|(last, _)| last.starts_with(word.as_str()));
    let (mut first, rest): (Vec<_>, Vec<_>) = words.iter().cloned().partition(begins);
    let count = if first.is_empty() { words.len() } else { first.len() };
    first.extend(rest);
    (first, count.min(MOST_COUNTED))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_rarest_word_leads_and_of_equals_the_first() {
        let of =
            |counts: &[u64]| Lead::of(&words(&["quast", "ann", "van"]), counts).map(|lead| (lead.word, lead.is_rare));
        assert_eq!(of(&[9, 3, 7]), Some(("ann".to_owned(), true)));
        assert_eq!(of(&[FEW, FEW, FEW]), Some(("quast".to_owned(), false)));
        assert_eq!(of(&[]), None);
        let lead = Lead::of(&words(&["quast", "ann", "van"]), &[9, 3, 7]).expect("a lead");
        assert!(lead.others == words(&["quast", "van"]) && lead.end().as_str() > "anna");
    }

    #[test]
    fn a_page_goes_on_by_the_word_of_the_one_before() {
        let after = |word: &str| Some((word.to_owned(), UserId(Uuid::nil())));
        let all = words(&["quast", "ann", "an"]);
        assert_eq!(leading(&all, None), (all.clone(), 3));
        assert_eq!(leading(&all, after("anna").as_ref()), (words(&["ann", "an", "quast"]), 2));
        assert_eq!(leading(&all, after("x").as_ref()), (all, 3), "of another search");
        assert_eq!(leading(&words(&["a"; 9]), None).1, MOST_COUNTED);
        assert!(COUNTED.contains(&format!("LIMIT {FEW})")));
    }
}
