//! Rules for what people type.

mod search;

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

pub use search::{fold, terms, words};

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be blank")]
    Blank,
    #[error("is too long")]
    TooLong,
    #[error("is too short")]
    TooShort,
    #[error("holds a character that is not allowed")]
    Forbidden,
    #[error("is not one emoji")]
    NotEmoji,
}

/// Characters that reorder or hide what stands around them: with them a name can look like another's.
const fn is_bidi_or_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || is_filler(c)
}

/// Letters without a shape: a name of them alone looks like none (Hangul fillers, the empty Braille pattern).
const fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}')
}

/// Characters that only shape their neighbours, and show nothing alone: joiners, variation selectors, tags.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether nothing of the text can be seen.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_bidi_or_invisible(c) || is_joiner(c))
}

/// Whether tags hide in it: they are seen in the flags of regions only, behind a black flag.
fn hides_tags(text: &str) -> bool {
    let is_tag = |c: char| ('\u{e0000}'..='\u{e0fff}').contains(&c);
    text.graphemes(true).any(|seen| seen.contains(is_tag) && !seen.starts_with('\u{1f3f4}'))
}

/// A one-line name of 1 to `longest` characters (Unicode scalars), trimmed: no control, direction or invisible characters.
///
/// # Errors
/// Blank, too long, or a forbidden character.
pub fn name(text: &str, longest: usize) -> Result<String, TextError> {
    let text = text.trim();
    if is_blank(text) {
        return Err(TextError::Blank);
    }
    if text.chars().count() > longest {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|c| c.is_control() || is_bidi_or_invisible(c)) || hides_tags(text) {
        return Err(TextError::Forbidden);
    }
    Ok(text.to_owned())
}

/// A text of 1 to `longest` characters that may have lines: kept as it was typed; no NUL nor other control
/// characters than tab and line ends.
///
/// # Errors
/// Blank, too long, or a forbidden character.
pub fn content(text: &str, longest: usize) -> Result<(), TextError> {
    if is_blank(text) {
        return Err(TextError::Blank);
    }
    if text.chars().count() > longest {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(TextError::Forbidden);
    }
    Ok(())
}

/// A username: 3–50 of `[A-Za-z0-9_-]`.
///
/// # Errors
/// Too short, too long, or a forbidden character.
pub fn username(text: &str) -> Result<(), TextError> {
    match text.len() {
        0..3 => Err(TextError::TooShort),
        3..=50 if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) => Ok(()),
        3..=50 => Err(TextError::Forbidden),
        _ => Err(TextError::TooLong),
    }
}

/// One grapheme that is an emoji, in its one spelling: with and without a variation selector it is the same.
///
/// # Errors
/// Anything else.
pub fn emoji(text: &str) -> Result<&'static str, TextError> {
    let one = text.graphemes(true).count() == 1;
    let known = emojis::get(text).filter(|_| one);
    known.map(emojis::Emoji::as_str).ok_or(TextError::NotEmoji)
}

/// Without case, and in one spelling where Unicode has two: what looks the same is the same.
#[must_use]
pub fn caseless(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_direction_tricks_or_control_characters_is_refused() {
        for bad in ["a\u{202e}b", "a\u{2066}b", "a\0b", "a\nb", "a\u{2028}b", "\u{feff}a", "ann\u{3164}", "a\u{ad}b"] {
            assert_eq!(name(bad, 100), Err(TextError::Forbidden), "{bad:?}");
        }
        assert_eq!(name("  Ann Lee ", 100), Ok("Ann Lee".to_owned()));
    }

    #[test]
    fn a_text_of_which_nothing_can_be_seen_is_blank() {
        for blank in ["", " ", " \u{3000} ", "\u{200b}", "\u{3164}", "\u{200d}\u{fe0f}", "\n\u{2800}\t"] {
            assert_eq!(name(blank, 100), Err(TextError::Blank), "{blank:?}");
            assert_eq!(content(blank, 100), Err(TextError::Blank), "{blank:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_may_stand_between_what_is_seen() {
        for good in ["👩‍👩‍👧", "❤️", "می‌خواهم"] {
            assert_eq!(name(good, 100), Ok(good.to_owned()));
            assert_eq!(content(good, 100), Ok(()));
        }
    }

    #[test]
    fn tags_are_seen_in_flags_only() {
        let wales = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
        assert_eq!(name(&format!("Ann {wales}"), 100), Ok(format!("Ann {wales}")));
        for hidden in ["Ann\u{e0041}", "\u{e0041}Ann", "Ann \u{1f600}\u{e0041}"] {
            assert_eq!(name(hidden, 100), Err(TextError::Forbidden), "{hidden:?}");
        }
    }

    #[test]
    fn what_looks_the_same_is_claimed_as_the_same() {
        assert_eq!(caseless("E\u{301}va@X"), caseless("éva@x"));
        assert_ne!(caseless("eva@x"), caseless("éva@x"));
    }

    #[test]
    fn a_name_is_counted_without_the_space_around_it() {
        assert_eq!(name(&format!("  {}  ", "한".repeat(100)), 100), Ok("한".repeat(100)));
        assert_eq!(name(&"한".repeat(101), 100), Err(TextError::TooLong));
    }

    #[test]
    fn a_message_is_counted_in_unicode_scalars() {
        assert_eq!(content(&"한".repeat(4000), 4000), Ok(()));
        assert_eq!(content(&"한".repeat(4001), 4000), Err(TextError::TooLong));
    }

    #[test]
    fn a_message_may_have_lines_and_tabs_but_no_other_control_characters() {
        assert_eq!(content("two\r\n\tlines\n", 4000), Ok(()));
        for bad in ["a\0", "a\u{7}", "a\u{1b}[2J", "a\u{85}"] {
            assert_eq!(content(bad, 4000), Err(TextError::Forbidden), "{bad:?}");
        }
    }

    #[test]
    fn a_username_is_3_to_50_letters_digits_and_two_signs() {
        for good in ["ann", "Ann_Lee-9", &"a".repeat(50)] {
            assert_eq!(username(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("", TextError::TooShort),
            ("an", TextError::TooShort),
            (&*"a".repeat(51), TextError::TooLong),
            ("ann lee", TextError::Forbidden),
            ("ann.lee", TextError::Forbidden),
            ("änn", TextError::Forbidden),
        ] {
            assert_eq!(username(bad), Err(reason), "{bad}");
        }
    }

    #[test]
    fn an_emoji_is_one_grapheme_that_is_one() {
        for good in ["👍", "❤️", "👩‍👩‍👧", "🇰🇷"] {
            assert!(emoji(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "👍👍", "ok", "1"] {
            assert_eq!(emoji(bad), Err(TextError::NotEmoji), "{bad}");
        }
    }
}
