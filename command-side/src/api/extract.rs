//! Bodies, queries and ids, refused as problems when they are not of the form.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use uuid::Uuid;

use super::Error;

/// The deepest nesting that serde_json takes is 128; the largest body is set at the edge, and checked there.
const LARGEST_BODY: usize = 1024 * 1024;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok())) {
            return Err(Error::UnsupportedMediaType("application/json"));
        }
        let bytes = body(request, state).await?;
        parse(&bytes).map(Self)
    }
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

/// Reads JSON; which field is at fault stands in the message of serde.
///
/// # Errors
/// `MALFORMED_JSON` when it is not JSON, `INVALID` when it is not of the form.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let from = &mut serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut *from).map_err(|error| refused(&error))?;
    from.end().map_err(|error| malformed(&error))?;
    Ok(parsed)
}

fn refused(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    if error.inner().classify() != Category::Data {
        return malformed(error.inner());
    }
    let (path, message) = (error.path().to_string(), reason(error.inner()));
    let field = missing_field(&message).map_or(path.clone(), |name| match path.as_str() {
        "." => name.to_owned(),
        parent => format!("{parent}.{name}"),
    });
    Error::field(&field, if missing_field(&message).is_some() { "MISSING" } else { "WRONG_TYPE" }, message)
}

fn malformed(error: &serde_json::Error) -> Error {
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
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Error::Malformed { code: "INVALID_QUERY", detail: rejection.body_text() }),
        }
    }
}

/// One id in the path; `None` when it can not be one, which is the same as unknown.
#[derive(Clone, Copy, Debug)]
pub struct Id<T>(pub Option<T>);

impl<S: Send + Sync, T: From<Uuid>> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Error::NoSuchRoute)?;
        Ok(Self(Uuid::parse_str(&text).ok().map(T::from)))
    }
}

/// A JSON reply.
pub type Reply<T> = Json<T>;
