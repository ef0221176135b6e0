//! Read models on MongoDB.
