//! The suites on MongoDB.
