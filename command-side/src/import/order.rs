//! Commands of an import: nobody asked for them here.

use domain::{Actor, Decide, UserId};
use uuid::Uuid;

use crate::dispatch::Order;

/// The correlation id of everything that was brought over.
pub const IMPORT: &str = "import";

/// A command to the aggregate `id`, by `user`.
pub(super) fn order<A: Decide>(id: Uuid, name: &'static str, user: UserId, command: A::Command) -> Order<A> {
    let actor = Actor { user: Some(user), causation_id: None, correlation_id: IMPORT.to_owned() };
    Order { id, name, command, actor, key: None, guards: vec![], claims: vec![], credential: None }
}
