//! Who caused an event, in the column where cqrs-es keeps its metadata: an object of texts.

use domain::{Actor, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<Uuid>,
    #[serde(borrow)]
    correlation_id: std::borrow::Cow<'a, str>,
}

/// As stored.
pub(in crate::adapters) fn write(actor: &Actor) -> String {
    let Actor { user, causation_id, correlation_id } = actor;
    let metadata = Metadata { actor: *user, causation_id: *causation_id, correlation_id: correlation_id.into() };
    // It is made of texts: this does not fail.
    serde_json::to_string(&metadata).unwrap_or_default()
}

/// Back from what is stored.
pub(in crate::adapters) fn read(text: &str) -> Result<Actor, serde_json::Error> {
    let Metadata { actor, causation_id, correlation_id } = serde_json::from_str(text)?;
    Ok(Actor { user: actor, causation_id, correlation_id: correlation_id.into_owned() })
}
