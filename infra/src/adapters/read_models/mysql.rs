//! Read models on MySQL.
