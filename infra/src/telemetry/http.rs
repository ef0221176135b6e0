//! HTTP requests by route, method and status: looked up once a route, then counted without a lock or an allocation.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The last is any other.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "OTHER"];

/// Those that are counted without looking them up.
const STATUSES: [u16; 16] = [200, 201, 204, 302, 304, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503];

const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: Arc<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Requests {
    total: Family<Labels, Counter>,
    duration: Family<Route, Histogram>,
}

impl Default for Requests {
    fn default() -> Self {
        let duration = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        Self { total: Family::default(), duration }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered", self.total.clone());
        let help = "Time from the head of a request to the head of its answer";
        registry.register("http_request_duration_seconds", help, self.duration.clone());
    }

    pub(super) fn route(&self, route: &str) -> RouteMeter {
        RouteMeter { route: route.into(), requests: self.clone(), methods: std::array::from_fn(|_| OnceLock::new()) }
    }
}

/// Counts the requests of one route.
#[derive(Debug)]
pub struct RouteMeter {
    route: Arc<str>,
    requests: Requests,
    methods: [OnceLock<MethodMeter>; METHODS.len()],
}

#[derive(Debug)]
struct MethodMeter {
    duration: Histogram,
    statuses: [OnceLock<Counter>; STATUSES.len()],
}

impl RouteMeter {
    /// Counts one request.
    pub fn count(&self, method: &Method, status: StatusCode, took: Duration) {
        let index = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1);
        let meter = self.methods[index].get_or_init(|| self.method(METHODS[index]));
        meter.duration.observe(took.as_secs_f64());
        match STATUSES.iter().position(|known| *known == status.as_u16()) {
            Some(known) => meter.statuses[known].get_or_init(|| self.counter(METHODS[index], status)).inc(),
            None => self.counter(METHODS[index], status).inc(),
        };
    }

    /// The pattern that it counts.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }

    fn method(&self, method: &'static str) -> MethodMeter {
        let labels = Route { method, route: self.route.clone() };
        let duration = self.requests.duration.get_or_create_owned(&labels);
        MethodMeter { duration, statuses: std::array::from_fn(|_| OnceLock::new()) }
    }

    fn counter(&self, method: &'static str, status: StatusCode) -> Counter {
        let labels = Labels { method, route: self.route.clone(), status: status.as_u16() };
        self.requests.total.get_or_create_owned(&labels)
    }
}
