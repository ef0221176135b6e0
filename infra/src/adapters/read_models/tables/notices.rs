//! What both databases read of notifications.

/// More than are read at one version of an inbox.
pub(in crate::adapters::read_models) const MOST: u32 = 2_000;

/// A notification with what the directory has to show of it.
macro_rules! noticed {
    ($from:literal) => {
        concat!(
            "SELECT n.*, m.role, CASE n.notification_type WHEN 'room_invited' THEN r.name
                WHEN 'friend_request' THEN f.message END AS shown
            FROM ",
            $from,
            " LEFT JOIN rooms r ON r.id = n.room_id
                LEFT JOIN room_members m ON m.room_id = n.room_id AND m.user_id = n.user_id
                LEFT JOIN friendships f ON f.id = n.friendship_id AND f.requester = n.actor_id AND f.status <> 'cancelled' "
        )
    };
}

pub(in crate::adapters::read_models) use noticed;
