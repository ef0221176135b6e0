//! What the pass holds every request to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::OlderRooms;

use super::Verify;
use super::bodies::Bodies;
use super::client::Proxies;
use super::cors::Origins;
use super::limits::{Kinds, Policies};
use crate::adapters::rates::Rates;
use crate::telemetry::{Metrics, RouteMeter};

/// What holds for every request.
pub(super) struct Rules {
    pub(super) tokens: Arc<dyn Verify>,
    /// By pattern.
    pub(super) routes: HashMap<String, Arc<Route>>,
    /// For paths that are none.
    pub(super) unmatched: Arc<Route>,
    pub(super) metrics: Metrics,
    pub(super) origins: Origins,
    pub(super) proxies: Proxies,
    pub(super) rates: Arc<Rates>,
    pub(super) policies: Policies,
    pub(super) bodies: Bodies,
    pub(super) older_rooms: Option<Arc<dyn OlderRooms>>,
    /// Bytes.
    pub(super) body_limit: usize,
    /// Bytes; never where there is nothing.
    pub(super) compress_from: Option<usize>,
    /// Until the head of the answer; a stream may then take as long as it likes.
    pub(super) patience: Duration,
    /// The routes, by pattern, that take files.
    pub(super) uploads: HashSet<String>,
}

/// What is known of the calls of one pattern.
pub(super) struct Route {
    pub(super) meter: RouteMeter,
    pub(super) kinds: Kinds,
}
