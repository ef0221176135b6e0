//! What the read models that keep tables have in common, whichever the database: how rows are bound, and how they are read.

pub(super) mod bindings;
pub(super) mod leads;
pub(super) mod notices;
pub(super) mod row;
pub(super) mod ties;
pub(super) mod values;
pub(super) mod views;
