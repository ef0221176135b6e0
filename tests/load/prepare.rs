//! What a scenario needs before it can be measured.

pub(crate) mod people;
pub(crate) mod rooms;
pub(crate) mod shots;
pub(crate) mod town;
pub(crate) mod words;
