//! The one pass that every request takes: who asks, what ties it to others, the bounds, the form of refusals, the count.
//! It is one layer and not ten because each costs an allocation or two on the way of every command.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{CONNECTION, CONTENT_ENCODING, EXPECT, HOST};
use axum::http::{HeaderValue, Version};
use axum::response::{IntoResponse as _, Response};
use command_side::api::{Error, LARGEST_IMAGE};
use futures::future::{BoxFuture, Either};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::timeout;
use tower::{Layer, Service};

use super::arrival::{Arrival, Bounds, Judged};
use super::auth;
use super::bodies::Reading;
use super::cors::Origins;
use super::limits::Kinds;
use super::older_rooms::{led, older};
use super::packing::{codings, packed};
use super::rules::{Route, Rules};
use super::trace::{TRACEPARENT, trace};
use crate::adapters::rates::Asker;
use crate::config::CallKind;
use crate::telemetry::{catching, within};

/// The layer.
#[derive(Clone)]
pub(super) struct Pass(Arc<Rules>);

impl Pass {
    pub(super) fn new(rules: Rules) -> Self {
        Self(Arc::new(rules))
    }
}

impl<S> Layer<S> for Pass {
    type Service = Passing<S>;

    fn layer(&self, inner: S) -> Passing<S> {
        Passing { inner, rules: self.0.clone() }
    }
}

/// A service behind the pass.
#[derive(Clone)]
pub(super) struct Passing<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> Service<Request> for Passing<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let rules = self.rules.clone();
        let mut arrival = rules.receive(&mut request);
        if let Some(response) = rules.early(&mut request, &arrival) {
            return Box::pin(async move {
                let is_read = discard(request, arrival.bounds.body.saturating_mul(DISCARDED)).await;
                Ok(closing(!is_read, arrival.leave(&rules, response)))
            });
        }
        let reading = rules.bodies.watch(&mut request);
        let answer = match rules.older_rooms.as_ref().and_then(|rooms| Some((rooms.clone(), older(&request)?))) {
            None => Either::Left(self.inner.call(request)),
            Some((rooms, asked)) => Either::Right(led(rooms, asked, request, self.inner.clone())),
        };
        Box::pin(async move {
            let id = arrival.correlation_id.to_str().unwrap_or_default().to_owned();
            let response = rules.bounded(within(id, answer), &arrival, &reading).await;
            let codings = arrival.codings.take();
            let response = closing(!reading.is_whole(), arrival.leave(&rules, response));
            match rules.compress_from {
                Some(from) => Ok(packed(response, codings, from).await),
                None => Ok(response),
            }
        })
    }
}

impl Rules {
    /// Notes who asks and what ties the request to others, for the handlers and for the answer.
    fn receive(&self, request: &mut Request) -> Arrival {
        let began = Instant::now();
        let address = self.client(request);
        let trace = trace(request.headers(), address);
        let caller = auth::caller(request.headers(), &*self.tokens);
        let route = self.route(request);
        let asker = Asker { user: caller.map(|caller| caller.user), address };
        let arrival = Arrival {
            began,
            request_id: trace.request_id,
            parent: request.headers().get(TRACEPARENT).cloned(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            // It is visible ASCII.
            correlation_id: HeaderValue::from_str(&trace.correlation_id).unwrap_or(HeaderValue::from_static("")),
            origin: self.origins.of(request.headers()),
            bounds: self.bounds(request),
            codings: codings(request.headers()),
            judged: self.judge(route.kinds.get(request.method()), asker),
            route,
        };
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        request.extensions_mut().insert(trace);
        arrival
    }

    fn bounds(&self, request: &Request) -> Bounds {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        match route.is_some_and(|route| self.uploads.contains(route)) {
            true => Bounds { body: self.body_limit.max(LARGEST_FORM), patience: self.patience * UPLOADS_TAKE },
            false => Bounds { body: self.body_limit, patience: self.patience },
        }
    }

    fn client(&self, request: &Request) -> Option<IpAddr> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(self.proxies.client(peer.ip(), request.headers()))
    }

    fn route(&self, request: &Request) -> Arc<Route> {
        let undocumented = |route| Arc::new(Route { meter: self.metrics.route(route), kinds: Kinds::default() });
        match request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) {
            None => self.unmatched.clone(),
            Some(route) => self.routes.get(route).cloned().unwrap_or_else(|| undocumented(route)),
        }
    }

    fn judge(&self, kind: Option<CallKind>, asker: Asker) -> Option<Judged> {
        let kind = kind?;
        let verdict = self.rates.ask(kind, asker)?;
        if verdict.wait.is_some() {
            self.metrics.limited(kind, verdict.whose);
        }
        Some(Judged { kind, by_user: asker.user.is_some(), verdict })
    }

    /// What is answered without asking a handler.
    fn early(&self, request: &mut Request, arrival: &Arrival) -> Option<Response> {
        if let Some(wait) = arrival.judged.as_ref().and_then(|judged| judged.verdict.wait) {
            return Some(Error::TooOften(wait).into_response());
        }
        if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
            return Some(Error::NoHost.into_response());
        }
        if request.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Some(Error::UnsupportedMediaType("sent without a Content-Encoding").into_response());
        }
        let size = request.body().size_hint();
        let limit = arrival.bounds.body;
        if usize::try_from(size.lower()).unwrap_or(usize::MAX) > limit {
            return Some(Error::TooLarge(limit).into_response());
        }
        if size.exact().is_none() || limit > AXUMS_LIMIT {
            // Nobody said how large it will be: counted while it is read.
            DefaultBodyLimit::max(limit).apply(request);
        }
        Origins::preflight(request, arrival.origin.as_ref())
    }

    /// The answer, if it comes in time and without a panic.
    async fn bounded(
        &self,
        answer: impl Future<Output = Result<Response, Infallible>>,
        arrival: &Arrival,
        reading: &Reading,
    ) -> Response {
        let mut answer = pin!(answer);
        let caught = poll_fn(|task| match catching(|| answer.as_mut().poll(task)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        });
        match timeout(arrival.bounds.patience, caught).await {
            Ok(Ok(Ok(_))) if reading.is_refused() => Error::Away(LATER).into_response(),
            Ok(Ok(Ok(response))) => response,
            Ok(Err(panic)) => {
                let (route, id) = (arrival.route.meter.route(), &arrival.correlation_id);
                tracing::error!(panic, route, correlation_id = ?id, "a handler panicked");
                Error::Internal.into_response()
            }
            Err(_) if !reading.is_whole() => Error::SlowBody.into_response(),
            Err(_) => Error::TooSlow.into_response(),
        }
    }
}

/// How long a client is told to wait when too much of bodies is held.
const LATER: Duration = Duration::from_secs(1);
/// What axum allows by itself, in bytes.
const AXUMS_LIMIT: usize = 2 * 1024 * 1024;
/// The largest image, in bytes, and the form round it.
const LARGEST_FORM: usize = LARGEST_IMAGE + 64 * 1024;
/// How many times as long a file may take: from a telephone five MiB do not come in ten seconds.
const UPLOADS_TAKE: u32 = 6;
/// How much of what is too large is read all the same, in limits.
const DISCARDED: usize = 8;
const DISCARDING: Duration = Duration::from_secs(2);

/// What is answered before all of the request was read ends its connection, which the client is told: its next request would be lost.
fn closing(is_so: bool, mut response: Response) -> Response {
    if is_so {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads what is not wanted, within bounds, and says whether that was all: a client that is still sending when the connection closes may
/// never see the answer.
async fn discard(request: Request, most: usize) -> bool {
    if http_body::Body::is_end_stream(request.body()) {
        return true;
    }
    if request.headers().contains_key(EXPECT) {
        // It waits for our word, and sends nothing until then.
        return false;
    }
    let mut body = request.into_body();
    let reading = async {
        let mut read = 0;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            read += frame.data_ref().map_or(0, |data| data.len());
            if read > most {
                return false;
            }
        }
        true
    };
    timeout(DISCARDING, reading).await.unwrap_or(false)
}
