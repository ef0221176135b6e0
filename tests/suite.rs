//! Every suite in one binary: stories, port contracts, promises, and the map held against the manifests.
#![allow(clippy::unwrap_used)]

mod architecture;
mod contract;
mod dispatch;
mod e2e;
mod outages;
mod promises;
