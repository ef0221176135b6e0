//! What a timeline tells between its messages, as clients see it: in the shape of a message, so that whoever shows those can show it.

use std::collections::HashMap;

use command_side::api::views::{ReactionView, ReadByView};
use command_side::ports::Person;
use domain::room::Role;
use domain::{MessageId, NoticeId, RoomId, Timestamp, UserId, Version};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::ports::{Notice, Told};

/// The `message_type` of all of them.
const SYSTEM: &str = "system";

/// What happened to a room at one version. All fields of a message are there; it is not unread, nor counted in `total_count`, and
/// can not be edited, deleted or reacted to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct SystemMessageView {
    /// Not the id of a message.
    id: String,
    #[schema(value_type = String)]
    room_id: RoomId,
    /// Who did it.
    #[schema(value_type = String)]
    user_id: UserId,
    username: Option<String>,
    /// In English; `system` says the same to programs.
    content: String,
    #[schema(schema_with = only_type)]
    message_type: &'static str,
    pub(super) version: Version,
    #[schema(value_type = Option<String>)]
    reply_to: Option<MessageId>,
    reactions: Vec<ReactionView>,
    is_edited: bool,
    #[schema(value_type = Option<String>)]
    edited_at: Option<Timestamp>,
    is_deleted: bool,
    #[schema(value_type = Option<String>)]
    deleted_at: Option<Timestamp>,
    read_by: Vec<ReadByView>,
    read_count: u64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = String)]
    updated_at: Timestamp,
    system: SystemView,
}

/// What happened to whom.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
struct SystemView {
    /// `member_joined`, `member_left`, `member_removed`, `role_changed` or `room_renamed`.
    event: &'static str,
    /// The member that it is about; whoever renamed the room.
    #[schema(value_type = String)]
    user_id: UserId,
    username: Option<String>,
    /// Of `member_joined` and `role_changed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Of `room_renamed`: the room's name from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl Notice {
    /// Whose names it shows.
    pub(super) fn people(&self) -> [UserId; 2] {
        [self.actor, self.subject()]
    }

    fn subject(&self) -> UserId {
        match &self.told {
            Told::Joined { user, .. }
            | Told::Left { user }
            | Told::Removed { user }
            | Told::RoleChanged { user, .. } => *user,
            Told::Renamed { .. } => self.actor,
        }
    }

    pub(super) fn view(self, room_id: RoomId, people: &HashMap<UserId, Person>) -> SystemMessageView {
        let username = |user| people.get(&user).and_then(|person| person.username.clone());
        let system = SystemView {
            event: self.event(),
            user_id: self.subject(),
            username: username(self.subject()),
            role: self.role(),
            name: self.name().map(str::to_owned),
        };
        SystemMessageView {
            id: NoticeId { room: room_id, version: self.version }.to_string(),
            room_id,
            user_id: self.actor,
            username: username(self.actor),
            content: self.text(people),
            message_type: SYSTEM,
            version: self.version,
            reply_to: None,
            reactions: vec![],
            is_edited: false,
            edited_at: None,
            is_deleted: false,
            deleted_at: None,
            read_by: vec![],
            read_count: 0,
            created_at: self.at,
            updated_at: self.at,
            system,
        }
    }

    const fn event(&self) -> &'static str {
        match self.told {
            Told::Joined { .. } => "member_joined",
            Told::Left { .. } => "member_left",
            Told::Removed { .. } => "member_removed",
            Told::RoleChanged { .. } => "role_changed",
            Told::Renamed { .. } => "room_renamed",
        }
    }

    const fn role(&self) -> Option<Role> {
        match self.told {
            Told::Joined { role, .. } | Told::RoleChanged { role, .. } => role,
            _ => None,
        }
    }

    fn name(&self) -> Option<&str> {
        match &self.told {
            Told::Renamed { name } => name.as_deref(),
            _ => None,
        }
    }

    fn text(&self, people: &HashMap<UserId, Person>) -> String {
        let (actor, subject) = (name_of(people, self.actor), name_of(people, self.subject()));
        match &self.told {
            Told::Joined { user, .. } if *user == self.actor => format!("{subject} joined"),
            Told::Joined { .. } => format!("{actor} added {subject}"),
            Told::Left { .. } => format!("{subject} left"),
            Told::Removed { .. } => format!("{actor} removed {subject}"),
            Told::RoleChanged { role, .. } => format!("{actor} made {subject} {}", role_text(*role)),
            Told::Renamed { name: Some(name) } => format!("{actor} renamed the room to “{name}”"),
            Told::Renamed { name: None } => format!("{actor} renamed the room"),
        }
    }
}

/// The name that somebody goes by; of those who are erased, or not known yet, there is none.
fn name_of(people: &HashMap<UserId, Person>, user: UserId) -> &str {
    let named = people.get(&user).map(|person| person.nickname.as_str()).filter(|name| !name.is_empty());
    named.unwrap_or("somebody")
}

const fn role_text(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Owner) => "an owner",
        Some(Role::Admin) => "an admin",
        Some(Role::Member) | None => "a member",
    }
}

fn only_type() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([SYSTEM])).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::given::{ROOM, message, user};

    fn view(told: Told) -> SystemMessageView {
        let person = |name: &str| Person { username: Some(format!("{name}_1")), nickname: name.to_owned() };
        let people = HashMap::from([(user(1), person("Ann")), (user(2), person("Bob"))]);
        Notice { version: 7, at: Timestamp(5), actor: user(1), told }.view(ROOM, &people)
    }

    #[test]
    fn what_happened_is_said_to_people_and_to_programs() {
        let (bob, role) = (user(2), Some(Role::Admin));
        for (told, event, content) in [
            (Told::Joined { user: bob, role: Some(Role::Member) }, "member_joined", "Ann added Bob"),
            (Told::Joined { user: user(1), role: None }, "member_joined", "Ann joined"),
            (Told::Left { user: user(1) }, "member_left", "Ann left"),
            (Told::Removed { user: bob }, "member_removed", "Ann removed Bob"),
            (Told::Removed { user: user(3) }, "member_removed", "Ann removed somebody"),
            (Told::RoleChanged { user: bob, role }, "role_changed", "Ann made Bob an admin"),
            (Told::Renamed { name: Some("Tea".to_owned()) }, "room_renamed", "Ann renamed the room to “Tea”"),
            (Told::Renamed { name: None }, "room_renamed", "Ann renamed the room"),
        ] {
            let view = view(told);
            assert_eq!((view.system.event, view.content.as_str()), (event, content));
        }
    }

    #[test]
    fn it_says_who_did_it_and_to_whom() {
        let view = view(Told::RoleChanged { user: user(2), role: Some(Role::Owner) });
        assert_eq!((view.user_id, view.username.as_deref()), (user(1), Some("Ann_1")));
        assert_eq!((view.system.user_id, view.system.username.as_deref()), (user(2), Some("Bob_1")));
        assert_eq!((view.system.role, view.id.as_str()), (Some(Role::Owner), format!("{ROOM}:7").as_str()));
    }

    #[test]
    fn it_has_all_the_fields_of_a_message() {
        let told = serde_json::to_value(view(Told::Left { user: user(1) })).expect("JSON");
        let mut message = message(1, 7, 1).view;
        (message.reactions, message.read_by) = (Some(vec![]), Some(vec![]));
        let message = serde_json::to_value(message).expect("JSON");
        for field in message.as_object().expect("an object").keys() {
            assert!(told.get(field).is_some(), "{field}");
        }
        assert_eq!((&told["message_type"], &told["created_at"]), (&"system".into(), &told["updated_at"]));
    }
}
