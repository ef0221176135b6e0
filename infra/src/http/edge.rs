//! The routes of one port, behind the one pass that every request takes.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::routing::{Router, get};
use command_side::api::Error;
use command_side::ports::OlderRooms;
use tower::Service;
use utoipa::openapi::{OpenApi, PathItem, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::bodies::Bodies;
use super::client::Proxies;
use super::cors::Origins;
use super::health::Pulse;
use super::limits::{Kinds, Policies};
use super::pass::Pass;
use super::rules::{Route, Rules};
use super::{Port, Readiness, Verify, ceiling, document, health};
use crate::adapters::rates::Rates;
use crate::config::{Context, Settings};
use crate::telemetry::Metrics;

/// How long a client is told to wait while the process is opening what it depends on.
const LATER: Duration = Duration::from_secs(1);
const DOCS: &str = "/docs";
const FORM: &str = "multipart/form-data";

/// What is served, and what the edge needs for it.
#[derive(Clone)]
pub struct Parts {
    /// The write and the read API of each context, merged.
    pub contexts: Vec<(Context, OpenApiRouter)>,
    pub verify: Arc<dyn Verify>,
    pub metrics: Metrics,
    pub readiness: Readiness,
    /// How often who may call; shared by all ports.
    pub rates: Arc<Rates>,
    /// Where numbers of rooms lead that come from the system before this one; nowhere while that can not be known.
    pub older_rooms: Option<Arc<dyn OlderRooms>>,
    /// Shared by all ports.
    pub bodies: Bodies,
    /// Whether what it depends on is not open yet: then no call can be answered.
    pub is_opening: bool,
}

/// What `port` serves.
#[must_use]
pub fn router(parts: &Parts, settings: &Settings, port: Port) -> Edge {
    let service = port.service();
    let pulse = Pulse { service, readiness: parts.readiness.clone(), metrics: parts.metrics.clone() };
    let served = parts.contexts.iter().filter(|(context, _)| port.serves(*context));
    let mut routes = served.map(|(_, router)| router.clone()).fold(health::routes(pulse), OpenApiRouter::merge);
    if settings.ceiling {
        routes = routes.merge(ceiling::routes());
    }
    let (mut router, document) = routes.split_for_parts();
    if parts.is_opening {
        router = router.fallback(async || Error::Away(LATER));
    }
    let document = document::finished(&format!("BigTech Chat: {service}"), document);
    let rules = rules(parts, settings, &document);
    let ui = SwaggerUi::new(DOCS).config(Config::from("/openapi.json").validator_url("none"));
    let router = router.merge(described(&document)).merge(ui).layer(Pass::new(rules));
    Edge(router)
}

fn rules(parts: &Parts, settings: &Settings, document: &OpenApi) -> Rules {
    let route = |route: &str, kinds| Arc::new(Route { meter: parts.metrics.route(route), kinds });
    let known = document.paths.paths.iter().map(|(path, item)| (path.clone(), route(path, Kinds::of(path, item))));
    let itself = "/openapi.json";
    Rules {
        tokens: parts.verify.clone(),
        routes: known.chain([(itself.to_owned(), route(itself, Kinds::default()))]).collect::<HashMap<_, _>>(),
        unmatched: route("none", Kinds::default()),
        metrics: parts.metrics.clone(),
        origins: Origins::new(settings.cors_origins.clone()),
        proxies: Proxies::new(settings.trusted_proxies.clone()),
        policies: Policies::of(&parts.rates),
        rates: parts.rates.clone(),
        bodies: parts.bodies.clone(),
        older_rooms: parts.older_rooms.clone(),
        compress_from: settings.compress_from,
        body_limit: settings.body_limit,
        patience: settings.request_timeout,
        uploads: uploads(document),
    }
}

/// The routes that take files: they say so in the document.
fn uploads(document: &OpenApi) -> HashSet<String> {
    let takes_files = |item: &PathItem| {
        let mut bodies =
            [&item.put, &item.post].into_iter().flatten().filter_map(|operation| operation.request_body.as_ref());
        bodies.any(|body| matches!(body, RefOr::T(body) if body.content.contains_key(FORM)))
    };
    let found = document.paths.paths.iter().filter(|(_, item)| takes_files(item));
    found.map(|(route, _)| route.clone()).collect()
}

fn described(document: &OpenApi) -> Router {
    // It is made of texts: this does not fail.
    let json = Bytes::from(document.to_json().unwrap_or_default());
    let answer = move || async move { ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json) };
    Router::new().route("/openapi.json", get(answer))
}

/// A port's routes. A path that ends with a slash is the one without.
#[derive(Clone)]
pub struct Edge(Router);

impl Service<Request> for Edge {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(plain) = without_slash(request.uri()) {
            *request.uri_mut() = plain;
        }
        self.0.call(request)
    }
}

/// The page of the documentation needs its slash: what it loads is relative to it.
fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') || path.starts_with(DOCS) {
        return None;
    }
    let plain = match (path.trim_end_matches('/'), uri.query()) {
        ("", query) => format!("/?{}", query.unwrap_or_default()),
        (path, Some(query)) => format!("{path}?{query}"),
        (path, None) => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(plain).ok()?);
    Uri::from_parts(parts).ok()
}
