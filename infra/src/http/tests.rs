mod asked;
mod bounds;
mod limits;
mod operations;
mod packing;
mod ports;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path};
use axum::http::{Request, Response, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use command_side::api::{Body as Form, Caller, Error, FieldError, Trace};
use domain::{SessionId, UserId};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::bodies::Bodies;
use super::{Edge, Parts, Port, Readiness, router};
use crate::adapters::rates::Rates;
use crate::config::{AllFlags, Context, Settings, Sources};
use crate::telemetry::Metrics;

const TOKEN: &str = "genuine";

fn settings() -> Settings {
    let sources = Sources::gather(&AllFlags::default(), |_| None).expect("defaults");
    Settings { ceiling: true, ..Settings::read(&sources).expect("defaults") }
}

fn parts() -> Parts {
    let caller = Caller { user: UserId(Uuid::nil()), session: SessionId(Uuid::nil()) };
    Parts {
        contexts: vec![(Context::User, toys())],
        verify: Arc::new(move |token: &str| (token == TOKEN).then_some(caller)),
        metrics: Metrics::default(),
        readiness: Readiness::default(),
        rates: Arc::new(Rates::off()),
        older_rooms: None,
        bodies: Bodies::default(),
        is_opening: false,
    }
}

fn edge() -> Edge {
    router(&parts(), &settings(), Port::Gateway)
}

/// Routes that do what routes do.
fn toys() -> OpenApiRouter {
    OpenApiRouter::default()
        .route("/toy", get(async || "plain").post(async |Form(body): Form<Value>| Json(body)))
        .routes(routes!(upload))
        .route("/toy/bytes", post(async |bytes: Bytes| bytes.len().to_string()))
        .route("/toy/id/{id}", get(async |Path(id): Path<u32>| id.to_string()))
        .route("/toy/me", get(async |_: Caller| "somebody"))
        .route(
            "/toy/trace",
            get(async |trace: Trace| Json(json!([trace.request_id, trace.correlation_id, trace.address]))),
        )
        .route("/toy/large", get(async || Json("x".repeat(4000))))
        .route("/toy/secret", get(async || ([("cache-control", "no-store")], Json("x".repeat(4000)))))
        .route("/toy/panic", get(async || -> &str { panic!("on purpose") }))
        .route("/toy/slow", get(async || tokio::time::sleep(Duration::from_secs(60)).await))
        .route("/toy/refused", get(async || -> Result<(), Error> { Err(refused()) }))
        .route("/toy/stream", get(async || Sse::new(futures::stream::pending::<Result<Event, Error>>())))
}

/// Says in the document that it takes files.
#[utoipa::path(post, path = "/toy/upload", request_body(content = String, content_type = "multipart/form-data"))]
async fn upload(bytes: Bytes) -> String {
    bytes.len().to_string()
}

fn refused() -> Error {
    let error = |field: &str| FieldError { field: field.to_owned(), code: "TOO_LONG", message: "too long".to_owned() };
    Error::Invalid(vec![error("name"), error("email")])
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9);
    Request::builder().method(method).uri(path).header("host", "localhost").extension(ConnectInfo(address))
}

/// An answer that was read.
#[derive(Debug)]
struct Answer {
    head: Response<()>,
    text: String,
}

impl Answer {
    async fn of(edge: Edge, request: Request<Body>) -> Self {
        let Ok(response) = edge.oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Self { head: Response::from_parts(parts, ()), text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    fn header(&self, name: &str) -> &str {
        self.head.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    #[track_caller]
    fn is(self, status: StatusCode) -> Self {
        assert_eq!(self.head.status(), status, "{self:?}");
        self
    }

    /// A problem document in full, with this code.
    #[track_caller]
    fn problem(self, status: StatusCode, code: &str) -> Self {
        let answer = self.is(status);
        let json = answer.json();
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!((&json["code"], &json["status"]), (&json!(code), &json!(status.as_u16())));
        let kebab = code.to_lowercase().replace('_', "-");
        assert_eq!(json["type"], format!("https://bigtech.chat/problems/{kebab}"));
        assert_eq!(json["correlation_id"], answer.header("x-correlation-id"));
        assert!(["title", "detail", "instance"].iter().all(|field| json[field].is_string()), "{json}");
        answer
    }
}

async fn call(method: &str, path: &str) -> Answer {
    Answer::of(edge(), request(method, path).body(Body::empty()).expect("a request")).await
}

async fn with(method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(request(method, path), |request, (name, value)| request.header(*name, *value));
    Answer::of(edge(), request.body(Body::empty()).expect("a request")).await
}
