//! What replies show of people.
