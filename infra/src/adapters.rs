//! Every port's adapters, and the one place that chooses among them.

pub mod accounts;
pub mod bulk;
pub mod event_store;
pub mod freshness;
pub mod people;
pub mod read_models;
pub mod vault;
