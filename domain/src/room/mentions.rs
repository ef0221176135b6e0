//! Whom a message mentions.

use crate::text;

/// The most names in a message that are looked for.
pub const MENTIONS: usize = 50;

/// The usernames that follow an `@`, without case, each once, in the order in which they come. An address is no mention.
#[must_use]
pub fn mentioned(content: &str) -> Vec<String> {
    let mut names = vec![];
    let mut before = ' ';
    for (at, c) in content.char_indices() {
        if c == '@' && !is_of_a_name(before) {
            let name: String = content[at + 1..].chars().take_while(|c| is_of_a_username(*c)).collect();
            let name = text::caseless(&name);
            if text::username(&name).is_ok() && !names.contains(&name) {
                names.push(name);
            }
        }
        before = c;
    }
    names
}

const fn is_of_a_username(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// What stands before the `@` of an address.
fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        assert_eq!(mentioned("@ann, look: (@Bob_9) 안녕@cid-x!\n@dan"), ["ann", "bob_9", "dan"]);
        assert_eq!(mentioned("@ann@bob"), ["ann"]);
        assert_eq!(mentioned("@@ann"), ["ann"]);
    }

    #[test]
    fn a_name_is_mentioned_once_whatever_its_case() {
        assert_eq!(mentioned("@ann @ANN @Ann"), ["ann"]);
    }

    #[test]
    fn an_address_and_what_can_be_no_name_mention_nobody() {
        for none in
            ["", "ann", "ann@example.org", "a.@bob", "@", "@ ann", "@ab", "@한글", &format!("@{}", "a".repeat(51))]
        {
            assert!(mentioned(none).is_empty(), "{none}");
        }
    }
}
