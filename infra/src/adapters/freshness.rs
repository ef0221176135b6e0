//! What each user wrote last.
