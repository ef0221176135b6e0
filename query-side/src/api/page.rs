//! How long a page is, and where the next one is found.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use command_side::api::Error;

/// The most rows of a page.
const LONGEST: u32 = 100;
/// The rows of a page when the client does not say.
const USUAL: u32 = 50;

/// How many rows a page is to have.
///
/// # Errors
/// Anything but 1 to 100.
pub(super) fn limit(given: Option<u32>) -> Result<u32, Error> {
    limit_or(given, USUAL)
}

/// The same for a bare array, as older clients read it: they do not look for a next page.
///
/// # Errors
/// As [`limit`].
pub(super) fn limit_of_array(given: Option<u32>) -> Result<u32, Error> {
    limit_or(given, LONGEST)
}

fn limit_or(given: Option<u32>, usual: u32) -> Result<u32, Error> {
    let limit = given.unwrap_or(usual);
    if (1..=LONGEST).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::field("limit", "OUT_OF_RANGE", format!("limit is 1 to {LONGEST}")))
}

/// Cuts rows that were read one beyond the limit; what the last one left says where the next page begins.
pub(super) fn cut<R, C>(mut rows: Vec<R>, limit: u32, cursor: impl Fn(&R) -> C) -> (Vec<R>, Option<C>) {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| has_more).map(cursor);
    (rows, next)
}

/// A bare array whose next page is named in `Link: rel=next`.
pub(super) fn linked(path: &str, limit: u32, next: Option<String>, array: impl IntoResponse) -> Response {
    let mut response = array.into_response();
    // A cursor is base64url: nothing in it needs to be escaped.
    let link = next.map(|cursor| format!("<{path}?limit={limit}&cursor={cursor}>; rel=\"next\""));
    if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_a_hundred_rows() {
        assert_eq!(limit(None).expect("the usual"), USUAL);
        assert_eq!(limit(Some(1)).expect("one"), 1);
        assert_eq!(limit(Some(100)).expect("a hundred"), 100);
        for none in [0, 101, u32::MAX] {
            assert!(limit(Some(none)).is_err(), "{none}");
        }
    }

    #[test]
    fn a_row_beyond_the_limit_makes_a_next_page() {
        assert_eq!(cut(vec![1, 2, 3], 2, |row| *row), (vec![1, 2], Some(2)));
        assert_eq!(cut(vec![1, 2], 2, |row| *row), (vec![1, 2], None));
        assert_eq!(cut(Vec::<u8>::new(), 2, |row| *row), (vec![], None));
    }

    #[test]
    fn the_next_page_stands_in_a_link() {
        let response = linked("/api/chat-rooms", 2, Some("abc".to_owned()), "[]");
        assert_eq!(response.headers()[LINK], "</api/chat-rooms?limit=2&cursor=abc>; rel=\"next\"");
        assert!(!linked("/api/chat-rooms", 2, None, "[]").headers().contains_key(LINK));
    }
}
