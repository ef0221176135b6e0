//! The suites on PostgreSQL.
