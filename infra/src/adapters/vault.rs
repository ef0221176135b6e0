//! Sealing under keys in a database of their own.
