//! Rules for what stands in no event: passwords, and the form of e-mail addresses, which are never sent anything.

use domain::Refusal;
use domain::text::{self, TextError};

/// The longest e-mail address, in characters.
const LONGEST_EMAIL: usize = 254;
/// The longest password, in characters.
const LONGEST_PASSWORD: usize = 128;
const SHORTEST_PASSWORD: usize = 8;

/// That `email` can be an address: one @ with something on both sides, nothing blank or invisible.
///
/// # Errors
/// Too long, or anything else.
pub(super) fn email(email: &str) -> Result<(), Refusal> {
    if email.chars().count() > LONGEST_EMAIL {
        return Err(Refusal::text("email", TextError::TooLong));
    }
    let sides = email.split_once('@');
    let has_sides = sides.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let is_plain = text::name(email, LONGEST_EMAIL).is_ok() && !email.contains(char::is_whitespace);
    if has_sides && is_plain {
        return Ok(());
    }
    Err(Refusal::invalid("email", "NOT_EMAIL", "email is not an e-mail address"))
}

/// That the password in `field` is strong enough.
///
/// # Errors
/// `WEAK_PASSWORD`.
pub(super) fn password(field: &'static str, password: &str) -> Result<(), Refusal> {
    let is_sign = |c: char| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control();
    let length = password.chars().count();
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let is_strong = has(char::is_alphabetic) && has(char::is_numeric) && password.chars().any(is_sign);
    if (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) && is_strong {
        return Ok(());
    }
    let detail = format!(
        "{field} needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, among them a letter, a digit and a sign"
    );
    Err(Refusal::invalid(field, "WEAK_PASSWORD", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_length_a_letter_a_digit_and_a_sign() {
        let longest = format!("aA1!{}", "é".repeat(124));
        for strong in ["abcdef1!", "비밀번호는1234!", "correct horse 1.", &longest] {
            assert_eq!(password("password", strong), Ok(()), "{strong}");
        }
        let long = format!("aA1!{}", "x".repeat(125));
        for weak in ["", "aB1!xyz", "12345678!", "abcdefgh!", "abcdefg1", "abc 12345", "abcdef1\u{0}", &long] {
            let refusal = password("new_password", weak).expect_err(weak);
            assert_eq!((refusal.code, refusal.field), ("WEAK_PASSWORD", Some("new_password")));
        }
    }

    #[test]
    fn an_address_has_one_at_with_something_on_both_sides() {
        for good in ["a@b", "ann.lee+chat@example.org", "한@글.kr", &format!("{}@x", "a".repeat(252))] {
            assert_eq!(email(good), Ok(()), "{good}");
        }
        for bad in ["", "no address", "ann", "@", "a@", "@b", "a@b@c", "a b@c", " a@b", "a@b\n", "a\0@b", "a@\u{202e}b"]
        {
            assert_eq!(email(bad).expect_err(bad).code, "NOT_EMAIL", "{bad}");
        }
        assert_eq!(email(&format!("{}@x", "a".repeat(253))).expect_err("long").code, "TOO_LONG");
    }
}
