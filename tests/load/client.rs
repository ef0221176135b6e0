//! HTTP/1.1 by hand: requests rendered once, answers parsed no further than needed, streams held cheaply.

pub(crate) mod api;
pub(crate) mod chunks;
pub(crate) mod connection;
pub(crate) mod frame;
pub(crate) mod live_stream;
pub(crate) mod metrics;
pub(crate) mod reply;
pub(crate) mod request;
