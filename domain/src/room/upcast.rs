//! Older shapes of a room's events.

use serde_json::{Value, json};

use super::RoomEvent;
use crate::event::{Upcast, shape_in};

impl Upcast for RoomEvent {
    fn newest_shape(event_type: &str) -> u16 {
        shape_in(Self::SHAPES, event_type)
    }

    fn upcast(event_type: &str, shape: u16, payload: Value) -> Value {
        match (event_type, shape) {
            ("RoomOpened", 1) => with_roles(payload),
            _ => payload,
        }
    }
}

/// Before there were roles, a room was opened with bare `participants`: in a group, whoever opened it owned it.
fn with_roles(mut payload: Value) -> Value {
    let Some(opened) = payload.get_mut("RoomOpened").and_then(Value::as_object_mut) else { return payload };
    let owner = (opened.get("room_type") == Some(&json!("group"))).then(|| opened.get("opened_by").cloned()).flatten();
    let role = |user: &Value| if Some(user) == owner.as_ref() { "owner" } else { "member" };
    let participants = opened.remove("participants").unwrap_or_default();
    let members = participants.as_array().into_iter().flatten();
    let members: Vec<_> = members.map(|user| json!({ "user": user, "role": role(user) })).collect();
    opened.insert("members".to_owned(), Value::Array(members));
    payload
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::UserId;
    use crate::event::read;
    use crate::room::{Member, Role, RoomType};

    #[test]
    fn a_room_that_was_opened_before_there_were_roles_has_its_opener_as_owner() {
        let (ann, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let stored = json!({ "RoomOpened": {
            "room_type": "group", "name": null, "opened_by": ann, "participants": [bob, ann] } });
        let event: RoomEvent = read("RoomOpened", 1, &stored.to_string()).expect("an old shape is read");
        let members = vec![Member { user: bob, role: Role::Member }, Member { user: ann, role: Role::Owner }];
        assert_eq!(event, RoomEvent::RoomOpened { room_type: RoomType::Group, name: None, opened_by: ann, members });
    }

    #[test]
    fn a_shape_newer_than_this_release_is_refused() {
        assert!(read::<RoomEvent>("RoomOpened", 3, "{}").is_err());
    }
}
