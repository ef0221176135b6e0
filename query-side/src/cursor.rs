//! Where a page ends, as an opaque text: base64url of a versioned tuple.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use command_side::api::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Raised when the form of any cursor changes: older ones are then refused.
const FORM: u8 = 1;
/// Longer than any cursor of ours, in characters.
const LONGEST: usize = 2048;

/// The place after the last row of a page of one sort of list.
pub(crate) trait Cursor: Serialize + DeserializeOwned {
    /// Tells the lists apart: a cursor of one is nonsense in another.
    const LIST: &'static str;

    /// The text that a client sends back.
    fn write(&self) -> Result<String, Error> {
        let json = serde_json::to_vec(&(FORM, Self::LIST, self)).map_err(|_| Error::Internal)?;
        Ok(URL_SAFE_NO_PAD.encode(json))
    }

    /// Reads what a client sent.
    ///
    /// # Errors
    /// `INVALID_CURSOR` when it is not one of this list.
    fn read(text: &str) -> Result<Self, Error> {
        let read = || {
            let json = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (form, list, cursor) = serde_json::from_slice::<(u8, String, Self)>(&json).ok()?;
            (form == FORM && list == Self::LIST).then_some(cursor)
        };
        let known = if text.len() <= LONGEST { read() } else { None };
        known.ok_or_else(|| Error::Malformed {
            code: "INVALID_CURSOR",
            detail: "the cursor is none of this list".to_owned(),
        })
    }

    /// The same for a parameter that may be missing.
    ///
    /// # Errors
    /// As [`Cursor::read`].
    fn read_if_given(text: Option<&str>) -> Result<Option<Self>, Error> {
        text.map(Self::read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Apples(u64, Option<String>);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pears(u64, Option<String>);

    impl Cursor for Apples {
        const LIST: &'static str = "apples";
    }

    impl Cursor for Pears {
        const LIST: &'static str = "pears";
    }

    #[test]
    fn a_cursor_comes_back_as_what_it_was() {
        let cursor = Apples(7, Some("x".to_owned()));
        assert_eq!(Apples::read(&cursor.write().expect("written")).expect("read"), cursor);
    }

    #[test]
    fn a_cursor_of_another_list_is_nonsense() {
        let text = Apples(7, None).write().expect("written");
        assert!(Pears::read(&text).is_err());
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let other_form = URL_SAFE_NO_PAD.encode(br#"[2,"apples",[7,null]]"#);
        let other_type = URL_SAFE_NO_PAD.encode(br#"[1,"apples",["7",null]]"#);
        for text in ["", "nonsense", "AAAA", "💩", &other_form, &other_type, &"A".repeat(2_000)] {
            assert!(matches!(Apples::read(text), Err(Error::Malformed { code: "INVALID_CURSOR", .. })), "{text}");
        }
    }
}
