//! What a projection is.

use domain::{Envelope, Event};

/// A pure fold: an envelope in, changes out.
pub trait Projection: Send + Sync + 'static {
    /// What it asks to be kept.
    type Change: Send + Sync + Clone + std::fmt::Debug + 'static;

    /// Its name, as in `rebuild NAME`.
    const NAME: &'static str;

    /// The changes that `event` leads to.
    ///
    /// # Errors
    /// When it can not be applied; it is parked, with its whole stream behind it.
    fn project(event: &Envelope<Event>) -> Result<Vec<Self::Change>, Unprojectable>;
}

/// An event that a projection can make nothing of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unprojectable(pub String);
