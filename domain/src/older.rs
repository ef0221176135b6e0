//! Ids of the system before this one. What was brought over has an id that is derived from its older one, so that whoever still holds that
//! finds it, and bringing it over twice makes it once.

use uuid::Uuid;

use crate::{MessageId, RoomId, UserId};

const USERS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0011);
const ROOMS: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0012);
const MESSAGES: Uuid = Uuid::from_u128(0x6f1c_2f5e_0d3b_4c57_9a55_6b1d_0b6a_0013);

/// Digits of an older id of a person or room, which was a 64-bit number.
const MOST_DIGITS: usize = 19;
/// Hexadecimal digits of an older id of a message.
const OBJECT_ID: usize = 24;

impl UserId {
    /// The person who had this number.
    #[must_use]
    pub fn older(number: u64) -> Self {
        Self(numbered(USERS, number))
    }
}

impl RoomId {
    /// What stands for the room that had this number: the room itself has the id of its pair, and several numbers may have led to it.
    #[must_use]
    pub fn older(number: u64) -> Self {
        Self(numbered(ROOMS, number))
    }
}

impl MessageId {
    /// The message that had this id (24 hexadecimal digits); `None` when it is not one.
    #[must_use]
    pub fn older(id: &str) -> Option<Self> {
        let is_one = id.len() == OBJECT_ID && id.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_one.then(|| Self(Uuid::new_v5(&MESSAGES, id.to_ascii_lowercase().as_bytes())))
    }
}

/// The number that an older id is; `None` when it is none, or is not written as it was.
#[must_use]
pub fn number(text: &str) -> Option<u64> {
    let is_one = (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_one && !text.starts_with('0') { text.parse().ok() } else { None }
}

/// The id that stands for an older id of a person.
pub(crate) fn user(text: &str) -> Option<Uuid> {
    number(text).map(|number| UserId::older(number).0)
}

/// The id that stands for an older id of a room.
pub(crate) fn room(text: &str) -> Option<Uuid> {
    number(text).map(|number| RoomId::older(number).0)
}

/// The id that stands for an older id of a message.
pub(crate) fn message(text: &str) -> Option<Uuid> {
    MessageId::older(text).map(|message| message.0)
}

/// Ids that never had an older form.
pub(crate) const fn none(_text: &str) -> Option<Uuid> {
    None
}

fn numbered(namespace: Uuid, number: u64) -> Uuid {
    Uuid::new_v5(&namespace, number.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was brought over lies under these: a release that derived others would not find it again.
    #[test]
    fn derived_ids_never_change() {
        assert_eq!(UserId::older(12).to_string(), "934b5b42-f767-5ba7-9d62-b8338aa403a4");
        assert_eq!(RoomId::older(12).to_string(), "d5c1728a-56bd-56e2-b0da-c0f0104b0204");
        let message = MessageId::older("65a1b2c3d4e5f60718293a4b").expect("an older id");
        assert_eq!(message.to_string(), "1108fa89-a42f-5834-935f-204f1847d9bc");
    }

    #[test]
    fn an_older_id_is_read_as_the_id_that_stands_for_it() {
        assert_eq!("12".parse(), Ok(UserId::older(12)));
        assert_eq!("12".parse(), Ok(RoomId::older(12)));
        assert_ne!(UserId::older(12).0, RoomId::older(12).0);
        let id = "65A1B2C3D4E5F60718293A4B";
        assert_eq!(id.parse().ok(), MessageId::older(&id.to_lowercase()));
    }

    #[test]
    fn what_is_no_older_id_is_none() {
        for text in ["", "0", "012", "-1", "+1", "1.5", " 1", "99999999999999999999", "x", "１２"] {
            assert!(text.parse::<UserId>().is_err() && text.parse::<RoomId>().is_err(), "{text}");
        }
        for text in ["12", "65a1b2c3d4e5f60718293a4", "65a1b2c3d4e5f60718293a4bb", "g5a1b2c3d4e5f60718293a4b"] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
        assert!("12".parse::<crate::FriendshipId>().is_err());
    }
}
