//! Every refusal of the HTTP API, and the only place that knows statuses.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::friendship::FriendshipError;
use domain::inbox::InboxError;
use domain::room::RoomError;
use domain::user::UserError;
use domain::{Refusal, RefusalKind};
use serde::Serialize;

use crate::dispatch;
use crate::ports::Unavailable;

/// How long a client is told to wait when part of the system is away or full.
const LATER: Duration = Duration::from_secs(1);

/// One field that is not of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its plain name, dotted when nested.
    pub field: String,
    pub code: &'static str,
    pub message: String,
}

impl From<Refusal> for FieldError {
    fn from(Refusal { field, code, detail, .. }: Refusal) -> Self {
        Self { field: field.unwrap_or_default().to_owned(), code, message: detail }
    }
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.detail)]
    Refused(Refusal),
    #[error("the request is not of the form")]
    Invalid(Vec<FieldError>),
    #[error("{detail}")]
    Malformed { code: &'static str, detail: String },
    #[error("a valid access token is needed")]
    Unauthenticated,
    #[error("{detail}")]
    Denied { code: &'static str, detail: &'static str },
    #[error("nothing is here")]
    NoSuchRoute,
    #[error("this method is not for this path")]
    MethodNotAllowed,
    #[error("exactly one Host is needed")]
    NoHost,
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the body must be {0}")]
    UnsupportedMediaType(&'static str),
    #[error("the same Idempotency-Key was used for another request")]
    KeyReused,
    #[error("{0} is taken")]
    Taken(&'static str),
    #[error("too many attempts")]
    TooMany(Duration),
    #[error("too many requests: wait as long as Retry-After says")]
    TooOften(Duration),
    #[error("the request took too long")]
    TooSlow,
    #[error("the body did not come in time")]
    SlowBody,
    #[error("part of the system is away: try again")]
    Away(Duration),
    #[error("something is wrong on our side")]
    Internal,
}

/// What the HTTP edge makes a problem document (RFC 9457) of: carried in the response's extensions, because only the
/// edge knows the correlation id and the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable, upper snake case.
    pub code: &'static str,
    pub detail: String,
    pub errors: Vec<FieldError>,
}

impl Error {
    /// A field that is not of the form.
    #[must_use]
    pub fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), code, message: message.into() }])
    }

    /// All fields that are not of the form, told together.
    ///
    /// # Errors
    /// When there are some.
    pub(super) fn unless_empty(mut refusals: Vec<Refusal>) -> Result<(), Self> {
        match (refusals.pop(), refusals.len()) {
            (None, _) => Ok(()),
            (Some(only), 0) => Err(Self::Refused(only)),
            (Some(last), _) => Err(Self::Invalid(refusals.into_iter().chain([last]).map(FieldError::from).collect())),
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => status_of(refusal.kind),
            Self::Invalid(_) | Self::Malformed { .. } | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated | Self::Denied { .. } => StatusCode::UNAUTHORIZED,
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Taken(_) => StatusCode::CONFLICT,
            Self::TooMany(_) | Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow | Self::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Malformed { code, .. } | Self::Denied { code, .. } => code,
            Self::Invalid(_) => "INVALID",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::NoHost => "NO_HOST",
            Self::NoSuchRoute => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::TooLarge(_) => "BODY_TOO_LARGE",
            Self::UnsupportedMediaType(_) => "UNSUPPORTED_MEDIA_TYPE",
            Self::KeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::Taken(_) => "TAKEN",
            Self::TooMany(_) => "TOO_MANY_ATTEMPTS",
            Self::TooOften(_) => "RATE_LIMITED",
            Self::TooSlow => "TIMED_OUT",
            Self::SlowBody => "BODY_TIMED_OUT",
            Self::Away(_) => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(errors) => errors.clone(),
            Self::Refused(Refusal { field: Some(field), code, detail, .. }) => {
                vec![FieldError { field: (*field).to_owned(), code, message: detail.clone() }]
            }
            Self::Taken(field) => {
                vec![FieldError { field: (*field).to_owned(), code: "TAKEN", message: self.to_string() }]
            }
            _ => vec![],
        }
    }

    /// Seconds to wait before trying again, at least one; rounded up, so that who waits so long is let in.
    const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(wait) | Self::TooOften(wait) | Self::Away(wait) => {
                let seconds = wait.as_secs() + (wait.subsec_nanos() > 0) as u64;
                Some(if seconds == 0 { 1 } else { seconds })
            }
            Self::TooSlow => Some(1),
            _ => None,
        }
    }
}

const fn status_of(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Rule => StatusCode::BAD_REQUEST,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unavailable> for Error {
    fn from(away: Unavailable) -> Self {
        tracing::warn!(reason = %away, "answering 503");
        Self::Away(LATER)
    }
}

impl From<dispatch::Error> for Error {
    fn from(error: dispatch::Error) -> Self {
        match error {
            dispatch::Error::Refused(refusal) => Self::Refused(refusal),
            dispatch::Error::KeyReused => Self::KeyReused,
            dispatch::Error::ClaimTaken(kind) => Self::Taken(kind.as_str()),
            dispatch::Error::GuardBroken | dispatch::Error::Busy => Self::Away(LATER),
            dispatch::Error::Unavailable(why) => Unavailable(why).into(),
        }
    }
}

macro_rules! refused {
    ($($error:ident),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Refused(error.into())
            }
        }
    )*};
}
refused!(FriendshipError, InboxError, RoomError, UserError);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem =
            Problem { status: self.status(), code: self.code(), detail: self.to_string(), errors: self.errors() };
        let mut response = problem.status.into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if problem.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(problem);
        response
    }
}
