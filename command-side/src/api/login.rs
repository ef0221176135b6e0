//! `/api/auth/login`, `/refresh`: from a password or a refresh token to tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::{SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Body, Commands, Error, Trace, fresh};
use crate::ports::{ClaimKind, NewSession, Rotation};

/// How much of what a client says that it is is kept, in characters.
const LONGEST_USER_AGENT: usize = 200;
/// That of the refresh token with which a session is opened; each use of one makes the next.
const FIRST_GENERATION: u32 = 0;

#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    email: String,
    password: String,
}

/// As OAuth's password form has it: the older spelling of the JSON.
#[derive(Deserialize, ToSchema)]
#[schema(deprecated)]
pub(super) struct SignInForm {
    /// The e-mail.
    #[serde(alias = "email")]
    username: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Refreshing {
    refresh_token: String,
}

/// What a client goes on with.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[schema(value_type = String)]
    user_id: UserId,
}

/// Logs in, with JSON or a form. Up to 100 sessions are open: one more ends the one that was not used for longest.
#[utoipa::path(post, path = "/api/auth/login", tag = "user",
    request_body(content((SignIn = "application/json"), (SignInForm = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = SignedIn), (status = 401, description = "WRONG_CREDENTIALS"), (status = 422),
        (status = 429, description = "TOO_MANY_ATTEMPTS")))]
pub(super) async fn login(
    State(commands): State<Arc<Commands>>,
    trace: Trace,
    headers: HeaderMap,
    sign_in: SignIn,
) -> Result<Response, Error> {
    let account = commands.guessed_at(&sign_in.email);
    commands.hold_back(&account, &trace.address).await?;
    let owner = commands.owner(ClaimKind::Email, &sign_in.email).await?;
    let is_right = commands.proves(owner, sign_in.password, &account, &trace.address).await?;
    // The same words whether or not there is such an account.
    let wrong = || Error::Denied { code: "WRONG_CREDENTIALS", detail: "the e-mail or the password is wrong" };
    let user = owner.filter(|_| is_right).ok_or_else(wrong)?;
    let session =
        NewSession { id: SessionId(fresh::id()), user, created_at: fresh::now(), user_agent: user_agent(&headers) };
    commands.sessions.open(session.clone()).await?;
    // An account that was deleted meanwhile has ended the sessions that it knew of.
    if commands.credentials.of(user).await?.is_none() {
        commands.sessions.end(user, session.id).await?;
        return Err(wrong());
    }
    Ok(commands.signed_in(user, session.id, FIRST_GENERATION, session.created_at))
}

/// The older spelling of `/api/auth/login`, with JSON only.
#[utoipa::path(post, path = "/api/auth/login/json", tag = "user", request_body = SignIn,
    responses((status = 200, body = SignedIn), (status = 401, description = "WRONG_CREDENTIALS"), (status = 422),
        (status = 429, description = "TOO_MANY_ATTEMPTS")))]
#[deprecated]
pub(super) async fn login_json(
    commands: State<Arc<Commands>>,
    trace: Trace,
    headers: HeaderMap,
    Body(sign_in): Body<SignIn>,
) -> Result<Response, Error> {
    login(commands, trace, headers, sign_in).await
}

/// Goes on with a refresh token: it is changed for a new pair.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "user", request_body = Refreshing,
    responses((status = 200, body = SignedIn), (status = 422),
        (status = 401, description = "INVALID_REFRESH_TOKEN; REFRESH_TOKEN_REUSED: the session is ended")))]
pub(super) async fn refresh(
    State(commands): State<Arc<Commands>>,
    Body(Refreshing { refresh_token }): Body<Refreshing>,
) -> Result<Response, Error> {
    let invalid = || Error::Denied { code: "INVALID_REFRESH_TOKEN", detail: "the refresh token is not valid" };
    let (session, generation) = commands.tokens.read_refresh(&refresh_token).ok_or_else(invalid)?;
    let now = fresh::now();
    match commands.sessions.rotate(session, generation, now).await? {
        Rotation::Goes { user, generation } => Ok(commands.signed_in(user, session, generation, now)),
        Rotation::Unknown => Err(invalid()),
        Rotation::Reused => Err(Error::Denied {
            code: "REFRESH_TOKEN_REUSED",
            detail: "the refresh token was used before: its session is ended",
        }),
    }
}

impl Commands {
    fn signed_in(&self, user_id: UserId, session: SessionId, generation: u32, now: Timestamp) -> Response {
        let pair = self.tokens.issue(user_id, session, generation, now);
        let signed_in = SignedIn {
            access_token: pair.access_token,
            refresh_token: pair.refresh_token,
            token_type: "bearer",
            expires_in: pair.expires_in.as_secs(),
            user_id,
        };
        (StatusCode::OK, [(CACHE_CONTROL, "no-store")], Json(signed_in)).into_response()
    }
}

impl<S: Send + Sync> FromRequest<S> for SignIn {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_form(request.headers()) {
            return Ok(Body::from_request(request, state).await?.0);
        }
        match Form::<SignInForm>::from_request(request, state).await {
            Ok(Form(SignInForm { username: email, password })) => Ok(Self { email, password }),
            Err(rejection) => Err(Error::Malformed { code: "INVALID_FORM", detail: rejection.body_text() }),
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(said.chars().take(LONGEST_USER_AGENT).collect())
}

#[cfg(test)]
mod tests {
    use axum::body::Body as Bytes;

    use super::*;

    async fn read(content_type: &str, body: &str) -> Result<(String, String), Error> {
        let request = Request::post("/api/auth/login").header(CONTENT_TYPE, content_type);
        let request = request.body(Bytes::from(body.to_owned())).expect("a request");
        SignIn::from_request(request, &()).await.map(|sign_in| (sign_in.email, sign_in.password))
    }

    fn ann() -> (String, String) {
        ("a@b".to_owned(), "p&1".to_owned())
    }

    #[tokio::test]
    async fn json_and_a_form_say_the_same() {
        let json = r#"{"email":"a@b","password":"p&1"}"#;
        assert_eq!(read("application/json; charset=utf-8", json).await.expect("read"), ann());
        let form = "grant_type=password&username=a%40b&password=p%261";
        assert_eq!(read("application/x-www-form-urlencoded", form).await.expect("read"), ann());
    }

    #[tokio::test]
    async fn what_is_neither_is_refused() {
        assert!(matches!(read("text/plain", "a").await, Err(Error::UnsupportedMediaType(_))));
        let form = read("application/x-www-form-urlencoded", "username=a").await;
        assert!(matches!(form, Err(Error::Malformed { code: "INVALID_FORM", .. })));
        let json = read("application/json", r#"{"email":"a"}"#).await;
        assert!(matches!(json, Err(Error::Invalid(errors)) if errors[0].field == "password"));
    }

    #[test]
    fn what_a_client_says_it_is_is_cut() {
        let mut headers = HeaderMap::new();
        assert_eq!(user_agent(&headers), None);
        headers.insert(USER_AGENT, "x".repeat(500).parse().expect("a header"));
        assert_eq!(user_agent(&headers).expect("kept").len(), 200);
    }
}
