//! The suites on MySQL.
