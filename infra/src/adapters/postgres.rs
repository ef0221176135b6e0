//! The event store, its keys and what lies beside them on PostgreSQL.
