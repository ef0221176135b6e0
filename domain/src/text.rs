//! Rules for what people type.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

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
    matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A one-line name of 1 to `longest` characters (Unicode scalars), trimmed: no control, direction or invisible characters.
///
/// # Errors
/// Blank, too long, or a forbidden character.
pub fn name(text: &str, longest: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Blank);
    }
    if text.chars().count() > longest {
        return Err(TextError::TooLong);
    }
    if text.chars().any(|c| c.is_control() || is_bidi_or_invisible(c)) {
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
    if text.trim().is_empty() {
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

/// One grapheme that is an emoji.
///
/// # Errors
/// Anything else.
pub fn emoji(text: &str) -> Result<(), TextError> {
    let one = text.graphemes(true).count() == 1;
    if one && emojis::get(text).is_some() { Ok(()) } else { Err(TextError::NotEmoji) }
}

/// Folds case, width and accents, so that `Ｃafé` and `CAFE` are the same.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfc().collect()
}

/// The folded words of a text, each once: what a prefix search looks through. Everything but letters and digits ends a word.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<_> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_direction_tricks_or_control_characters_is_refused() {
        for bad in ["a\u{202e}b", "a\u{2066}b", "a\0b", "a\nb", "\u{feff}a"] {
            assert_eq!(name(bad, 100), Err(TextError::Forbidden), "{bad:?}");
        }
        assert_eq!(name("  Ann Lee ", 100), Ok("Ann Lee".to_owned()));
        assert_eq!(name(" \u{3000} ", 100), Err(TextError::Blank));
    }

    #[test]
    fn a_message_is_counted_in_unicode_scalars() {
        assert_eq!(content(&"한".repeat(4000), 4000), Ok(()));
        assert_eq!(content(&"한".repeat(4001), 4000), Err(TextError::TooLong));
        assert_eq!(content("a\0", 4000), Err(TextError::Forbidden));
        assert_eq!(content("two\nlines", 4000), Ok(()));
    }

    #[test]
    fn an_emoji_is_one_grapheme_that_is_one() {
        for good in ["👍", "❤️", "👩‍👩‍👧", "🇰🇷"] {
            assert_eq!(emoji(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "👍👍", "ok", "1"] {
            assert_eq!(emoji(bad), Err(TextError::NotEmoji), "{bad}");
        }
    }

    #[test]
    fn words_are_folded_in_case_width_and_accent_and_end_at_signs() {
        assert_eq!(words("Ｃafé_au-LAIT"), ["au", "cafe", "lait"]);
    }
}
