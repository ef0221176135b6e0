//! Bodies, queries and ids, refused as problems when they are not of the form.

use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use domain::RoomId;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::Error;

/// The deepest nesting that serde_json takes is 128; the largest body is set at the edge, and checked there.
const LARGEST_BODY: usize = 1024 * 1024;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let bytes = json(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// Reads a whole body that says that it is JSON.
///
/// # Errors
/// As [`body`], or when it says that it is something else.
pub async fn json<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    if !is_json(request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok())) {
        return Err(Error::UnsupportedMediaType("application/json"));
    }
    body(request, state).await
}

/// Reads a whole body.
///
/// # Errors
/// When it is larger than a body may be, or ends early.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Error::TooLarge(LARGEST_BODY)
        } else {
            Error::Malformed { code: "BODY_INCOMPLETE", detail: "the body could not be read".to_owned() }
        }
    })
}

/// Reads a JSON object; which field is at fault stands in the message of serde.
///
/// # Errors
/// `MALFORMED_JSON` when it is none, `INVALID` when it is not of the form.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // All of it, fields that nobody reads too.
    let text = str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        // A list would do for serde: it takes the items for the fields in their order.
        return Err(malformed(&"an object is expected"));
    }
    // Only a refusal has to know the path, and keeping track of it costs.
    serde_json::from_str(text).or_else(|_| parse_with_path(text))
}

fn parse_with_path<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let from = &mut serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut *from).map_err(|error| refused(&error, text))?;
    from.end().map_err(|error| malformed(&error))?;
    Ok(parsed)
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>, text: &str) -> Error {
    // serde_json takes a number for one of a few words to be no JSON.
    if error.inner().classify() != Category::Data && serde_json::from_str::<IgnoredAny>(text).is_err() {
        return malformed(error.inner());
    }
    let (path, message) = (error.path().to_string(), reason(error.inner()));
    let field = missing_field(&message).map_or(path.clone(), |name| match path.as_str() {
        "." => name.to_owned(),
        parent => format!("{parent}.{name}"),
    });
    Error::field(&field, if missing_field(&message).is_some() { "MISSING" } else { "WRONG_TYPE" }, message)
}

fn malformed(error: &dyn Display) -> Error {
    Error::Malformed { code: "MALFORMED_JSON", detail: format!("the body is not JSON: {error}") }
}

/// What serde says, without line and column.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Query parameters.
#[derive(Clone, Debug)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let invalid = |detail| Error::Malformed { code: "INVALID_QUERY", detail };
        if !parts.uri.query().is_none_or(is_text) {
            return Err(invalid("the query is not UTF-8".to_owned()));
        }
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(params)| Self(params)).map_err(|rejection| invalid(rejection.body_text()))
    }
}

/// Whether a query is UTF-8 once it is decoded. Decoders put a sign of replacement for what is not, and go on.
fn is_text(query: &str) -> bool {
    let (mut bytes, mut rest) = (Vec::with_capacity(query.len()), query.as_bytes());
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        let escaped = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    str::from_utf8(&bytes).is_ok()
}

/// Which room the number in the path leads to, as the system before this one numbered them.
#[derive(Clone, Debug)]
pub struct OlderRoom {
    pub number: String,
    pub room: RoomId,
}

/// What stands in the path, or where that leads.
fn led(parts: &Parts, text: String) -> String {
    match parts.extensions.get::<OlderRoom>() {
        Some(older) if older.number == text => older.room.to_string(),
        _ => text,
    }
}

/// One id in the path; `None` when it can not be one, which is the same as unknown.
#[derive(Clone, Copy, Debug)]
pub struct Id<T>(pub Option<T>);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Error::NoSuchRoute)?;
        Ok(Self(led(parts, text).parse().ok()))
    }
}

/// Two parts of the path, each `None` when it can not be one.
#[derive(Clone, Debug)]
pub struct Ids<A, B>(pub Option<A>, pub Option<B>);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((a, b)) = path.map_err(|_| Error::NoSuchRoute)?;
        Ok(Self(led(parts, a).parse().ok(), b.parse().ok()))
    }
}

/// A JSON reply.
pub type Reply<T> = Json<T>;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Asked {
        count: u64,
        users: Vec<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Word {
        One,
    }

    #[derive(Debug, Deserialize)]
    struct Chosen {
        #[serde(rename = "word")]
        _word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    struct Needed {
        #[serde(rename = "content")]
        _content: String,
    }

    fn code<T: DeserializeOwned + std::fmt::Debug>(body: &[u8]) -> String {
        match parse::<T>(body) {
            Err(Error::Malformed { code, .. }) => code.to_owned(),
            Err(Error::Invalid(errors)) => format!("{} {}", errors[0].field, errors[0].code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let asked: Asked = parse(b" \n{\"colour\":{\"a\":[]},\"count\":3} ").expect("of the form");
        assert_eq!(asked, Asked { count: 3, users: vec![] });
    }

    #[test]
    fn what_is_no_json_object_is_malformed() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        let texts = ["", "{", "null", "[]", "[3]", "7", "\"text\"", "{\"a\":}", "{}{}", "{\"count\":1}x", &deep];
        for text in texts {
            assert_eq!(code::<Asked>(text.as_bytes()), "MALFORMED_JSON", "{text:.20}");
        }
        assert_eq!(code::<Asked>(b"{\"unknown\":\"\xff\xfe\"}"), "MALFORMED_JSON");
    }

    #[test]
    fn the_field_at_fault_is_named() {
        assert_eq!(code::<Asked>(br#"{"count":"3"}"#), "count WRONG_TYPE");
        assert_eq!(code::<Asked>(br#"{"count":-1}"#), "count WRONG_TYPE");
        assert_eq!(code::<Asked>(br#"{"users":["a",7]}"#), "users[1] WRONG_TYPE");
        assert_eq!(code::<Needed>(b"{}"), "content MISSING");
        for other in ["5", "true", "[]", "\"Two\"", "1.5"] {
            assert_eq!(code::<Chosen>(format!(r#"{{"word":{other}}}"#).as_bytes()), "word WRONG_TYPE", "{other}");
        }
    }

    #[test]
    fn a_query_is_text_once_it_is_decoded() {
        for text in ["", "q=ann&limit=5", "q=%ED%95%9C+b", "q=100%", "q=%zz%4", "%%41"] {
            assert!(is_text(text), "{text}");
        }
        for bytes in ["q=%FF", "q=%c3%28", "a=b&%ED%95"] {
            assert!(!is_text(bytes), "{bytes}");
        }
    }

    #[test]
    fn a_body_says_that_it_is_json() {
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(Some(json)), "{json}");
        }
        for other in [None, Some(""), Some("text/json"), Some("application/x-www-form-urlencoded"), Some("json")] {
            assert!(!is_json(other), "{other:?}");
        }
    }
}
