//! Values as SQLite keeps them.

use domain::RoomId;
use uuid::Uuid;

/// A number as SQLite keeps it; those too large for it are beyond everything that it keeps.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An id as SQLite keeps it.
pub(super) fn blob(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Ids as one parameter, for `unhex(value)` of `json_each`.
pub(in super::super) fn list(ids: impl Iterator<Item = Uuid>) -> String {
    let ids: Vec<_> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", ids.join(","))
}

/// Rooms, each with a number, as a JSON array of pairs.
pub(super) fn pairs(rooms: &[(RoomId, u64)]) -> String {
    let pairs: Vec<_> =
        rooms.iter().map(|(room, number)| format!("[\"{}\",{}]", room.0.simple(), int(*number))).collect();
    format!("[{}]", pairs.join(","))
}
