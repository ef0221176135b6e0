//! Texts that were taken then and are not taken now: as much of them is kept as can be.

use domain::room::LONGEST_CONTENT;
use domain::text;
use domain::user::{LONGEST_NICKNAME, LONGEST_STATUS};

use crate::ports::{OlderMessage, OlderUser};

/// What stands for a deleted message: what it said is not brought over.
const DELETED: &str = "(deleted)";
/// What stands for a message that says nothing.
const EMPTY: &str = "(empty)";

/// A name for somebody: what they are called, else their username, else what stands before the @, else their number. Says whether it is
/// another than it was.
pub(super) fn nickname(user: &OlderUser) -> (String, bool) {
    let called = [user.display_name.as_deref(), user.username.as_deref(), user.email.split('@').next()];
    let given = called.into_iter().flatten().find(|name| !name.trim().is_empty()).unwrap_or_default();
    if let Ok(name) = text::name(given, LONGEST_NICKNAME) {
        return (name, false);
    }
    let cut: String = given.chars().filter(|c| c.is_alphanumeric() || *c == ' ').take(LONGEST_NICKNAME).collect();
    (text::name(&cut, LONGEST_NICKNAME).unwrap_or_else(|_| format!("user {}", user.id)), true)
}

/// A status message that is taken; nothing when there was none.
pub(super) fn status(user: &OlderUser) -> Option<String> {
    let status = user.status_message.as_deref().filter(|status| !status.trim().is_empty())?;
    Some(fit(status, LONGEST_STATUS).0).filter(|status| text::content(status, LONGEST_STATUS).is_ok())
}

/// What a message says, with where its file lies; whether that is another than it was.
pub(super) fn said(message: &OlderMessage, content: &str) -> (String, bool) {
    if message.deleted_at.is_some() {
        return (DELETED.to_owned(), false);
    }
    let name = message.file_name.as_deref().filter(|_| content.trim().is_empty());
    let file = message.file_url.as_deref().filter(|url| !content.contains(url));
    let lines = [Some(content), name, file].into_iter().flatten().filter(|line| !line.trim().is_empty());
    let whole = lines.collect::<Vec<_>>().join("\n");
    let (fitting, is_changed) = fit(&whole, LONGEST_CONTENT);
    match text::content(&fitting, LONGEST_CONTENT) {
        Ok(()) => (fitting, is_changed),
        Err(_) => (EMPTY.to_owned(), true),
    }
}

/// As much of `text` as is taken, and whether that is not all of it.
fn fit(text: &str, longest: usize) -> (String, bool) {
    let is_fit = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let fitting: String = text.chars().filter(is_fit).take(longest).collect();
    let is_changed = fitting != text;
    (fitting, is_changed)
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn called(display_name: &str, username: &str, email: &str) -> (String, bool) {
        let (display_name, username) = (Some(display_name.to_owned()), Some(username.to_owned()));
        nickname(&OlderUser { id: 7, email: email.to_owned(), display_name, username, ..OlderUser::default() })
    }

    #[test]
    fn everybody_has_a_name() {
        assert_eq!(called("Ann", "ann", "a@x"), ("Ann".to_owned(), false));
        assert_eq!(called(" ", "ann", "a@x"), ("ann".to_owned(), false));
        assert_eq!(called("", "", "a@x"), ("a".to_owned(), false));
        assert_eq!(called("", "", ""), ("user 7".to_owned(), true));
        assert_eq!(called("A\u{202e}nn", "", ""), ("Ann".to_owned(), true));
        assert_eq!(called(&"x".repeat(300), "", ""), ("x".repeat(LONGEST_NICKNAME), true));
        assert_eq!(called("\u{200b}", "", ""), ("user 7".to_owned(), true));
    }

    #[test]
    fn a_message_says_what_it_said_and_where_its_file_lies() {
        let plain = OlderMessage::default();
        assert_eq!(said(&plain, "hello\n"), ("hello\n".to_owned(), false));
        assert_eq!(said(&plain, "a\0b"), ("ab".to_owned(), true));
        assert_eq!(said(&plain, " "), (EMPTY.to_owned(), true));
        let long = said(&plain, &"x".repeat(5000));
        assert_eq!((long.0.len(), long.1), (LONGEST_CONTENT, true));
        let file = OlderMessage { file_url: Some("/f/1".to_owned()), file_name: Some("me.png".to_owned()), ..plain };
        assert_eq!(said(&file, "").0, "me.png\n/f/1");
        assert_eq!(said(&file, "look").0, "look\n/f/1");
        assert_eq!(said(&file, "see /f/1").0, "see /f/1");
    }

    #[test]
    fn what_was_deleted_is_not_brought_over() {
        let deleted = OlderMessage { deleted_at: Some(Timestamp(1)), ..OlderMessage::default() };
        assert_eq!(said(&deleted, "a secret"), (DELETED.to_owned(), false));
    }
}
