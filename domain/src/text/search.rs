//! What texts are searched by: the words of names, and the terms of messages.
//!
//! Whatever is searched for goes through the same functions as what is found by it, in every store. A change of what they give
//! needs a rebuild of the read models: what they gave before is kept there.

use std::collections::HashSet;
use std::iter::once;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The most terms of a text; a longer one is found by its beginning. Each is a row, or an entry of an index: what one may send in a second
/// has to be written in a second.
const MOST_TERMS: usize = 500;
/// The longest term, in characters; longer words are cut, on both sides of a search.
const LONGEST_TERM: usize = 40;

/// Folds case, width and accents, so that `Ｃafé` and `CAFE` are the same, and `Straße` and `STRASSE`.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !is_accent(*c)).flat_map(caseless).flat_map(unstroked).nfc().collect()
}

/// The folded words of a text, each once: what a prefix search looks through. Everything but letters and digits ends a word.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<_> = split(&fold(text)).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The terms by which a message is found, in order, each once: its folded words, and of what is written without spaces
/// (Korean, Chinese, Japanese) every two characters that follow each other.
///
/// At most 500, of at most 40 characters; of a longer text those of its beginning.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut known = HashSet::new();
    for term in split(&folded).flat_map(terms_of) {
        known.insert(term);
        if known.len() == MOST_TERMS {
            break;
        }
    }
    let mut terms: Vec<_> = known.into_iter().collect();
    terms.sort_unstable();
    terms
}

fn split(folded: &str) -> impl Iterator<Item = &str> {
    // What shapes a letter belongs to its word, also where it is no letter itself (the virama of Hindi).
    let ends = |c: char| !c.is_alphanumeric() && !is_combining_mark(c);
    folded.split(ends).filter(|word| !word.is_empty())
}

/// The terms of a word: where it changes between letters that make words with spaces and without, it is cut.
fn terms_of(word: &str) -> Vec<String> {
    let characters: Vec<_> = word.chars().collect();
    let parts = characters.chunk_by(|a, b| is_unspaced(*a) == is_unspaced(*b));
    let terms = |part: &[char]| match part {
        [first, _, ..] if is_unspaced(*first) => part.windows(2).map(|pair| pair.iter().collect()).collect(),
        _ => vec![part.iter().take(LONGEST_TERM).collect::<String>()],
    };
    parts.flat_map(terms).collect()
}

/// Marks over and under letters. Those that are vowels, or make other letters (of Japanese), are none.
fn is_accent(c: char) -> bool {
    let is_letter = matches!(c, '\u{900}'..='\u{1cff}' | '\u{3099}' | '\u{309a}' | '\u{a800}'..='\u{abff}');
    is_combining_mark(c) && !is_letter
}

/// One spelling of all cases: there and back again, because `ß` and `ς` have no upper case of their own.
fn caseless(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Latin letters whose accent is a stroke, or that are two in one: Unicode does not take them apart.
fn unstroked(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ħ' => ('h', None),
        'ŧ' => ('t', None),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        other => (other, None),
    };
    once(first).chain(second)
}

/// Hangul, kana, bopomofo, and the characters of Chinese.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{318f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_in_case_width_and_accent_and_end_at_signs() {
        assert_eq!(words("Ｃafé_au-LAIT"), ["au", "cafe", "lait"]);
    }

    #[test]
    fn a_word_is_kept_once_and_hangul_stays_whole() {
        assert_eq!(words("한글 Ann ann 한글"), ["ann", "한글"]);
        assert!(words(" -_- ").is_empty());
    }

    #[test]
    fn what_is_the_same_but_for_case_width_and_accents_is_the_same() {
        for (one, other) in [
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("İstanbul", "istanbul"),
            ("Łukasz Ørsted", "lukasz orsted"),
            ("ÆSIR", "aesir"),
            ("naïve e\u{301}", "NAIVE É"),
            ("ＡＢＣ１２３", "abc123"),
            ("ﬁne", "FINE"),
            ("ガール", "ｶﾞｰﾙ"),
            ("①", "1"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
    }

    #[test]
    fn letters_that_are_made_of_marks_stay_what_they_are() {
        for (one, other) in [("バス", "ハス"), ("की", "का"), ("ใจ", "ไจ")] {
            assert_ne!(fold(one), fold(other), "{one}");
        }
        assert_eq!(words("हिन्दी भाषा"), ["भाषा", "हिन्दी"]);
    }

    #[test]
    fn folding_twice_is_folding_once() {
        for text in ["Straße ÆØ ﬁ ŉ ǰ", "ｶﾞ 한글 漢字 ㅋㅋ", "हिन्दी ΐ ᾳ ẞ ſ", "👩‍👩‍👧 1️⃣"]
        {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }

    #[test]
    fn a_message_is_found_by_its_words() {
        assert_eq!(terms("Lunch at 12:30, at Zoë's? lunch!"), ["12", "30", "at", "lunch", "s", "zoe"]);
        assert!(terms("?! 👍 -- \n").is_empty());
    }

    #[test]
    fn of_what_is_written_without_spaces_any_two_characters_are_terms() {
        assert_eq!(terms("안녕하세요"), ["녕하", "세요", "안녕", "하세"]);
        assert_eq!(terms("東京タワー"), ["タワ", "ワー", "京タ", "東京"]);
        assert_eq!(terms("밥"), ["밥"]);
    }

    #[test]
    fn a_word_is_cut_where_it_changes_between_scripts() {
        assert_eq!(terms("iPhone에서 5시"), ["5", "iphone", "시", "에서"]);
    }

    #[test]
    fn what_is_searched_for_is_among_the_terms_of_what_holds_it() {
        let message = terms("내일 학교에서 LÜNCH 먹자, ok?");
        for q in ["학교", "lunch", "Ok 학교에서", "먹자 내일"] {
            assert!(terms(q).iter().all(|term| message.contains(term)), "{q}");
        }
        assert!(!terms("학원").iter().all(|term| message.contains(term)));
    }

    #[test]
    fn terms_are_bounded_in_number_and_length() {
        let long = (0..600).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let terms_of_long = terms(&long);
        assert_eq!(terms_of_long.len(), MOST_TERMS);
        assert!(terms_of_long.contains(&"w499".to_owned()) && !terms_of_long.contains(&"w500".to_owned()));
        let word = "é".repeat(4_000);
        assert_eq!(terms(&word), ["e".repeat(LONGEST_TERM)]);
        let hangul: String = (0..4_000).filter_map(|n| char::from_u32(0xac00 + n)).collect();
        assert_eq!(terms(&hangul).len(), MOST_TERMS);
    }
}
