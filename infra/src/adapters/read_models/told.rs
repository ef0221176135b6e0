//! What is told of a change between a timeline's messages, from its columns.

use domain::UserId;
use domain::room::Role;
use query_side::ports::Told;
use serde::Deserialize;
use serde::de::Error as _;

/// As far as the change says it besides who did it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    user: Option<UserId>,
    role: Option<Role>,
}

/// Whether a change of this kind is told.
pub(super) fn is_told(kind: &str) -> bool {
    matches!(kind, "MemberJoined" | "MemberLeft" | "MemberRemoved" | "MemberRoleChanged" | "RoomRenamed")
}

/// What is told of a change of this kind.
pub(super) fn told(kind: &str, detail: &str, actor: UserId, name: Option<String>) -> Result<Told, serde_json::Error> {
    let Detail { user, role } = serde_json::from_str(detail)?;
    // Whom it is about: whoever did it, unless the detail says otherwise.
    let user = user.unwrap_or(actor);
    Ok(match kind {
        "MemberJoined" => Told::Joined { user, role },
        "MemberLeft" => Told::Left { user },
        "MemberRemoved" => Told::Removed { user },
        "MemberRoleChanged" => Told::RoleChanged { user, role },
        "RoomRenamed" => Told::Renamed { name },
        other => return Err(serde_json::Error::custom(format!("{other} is not told"))),
    })
}
