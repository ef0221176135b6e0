//! What both databases read of what is between people.

/// The other one of a pair, and since when each of the two has blocked the other; NULL where they have not.
macro_rules! apart {
    () => {
        "SELECT s.other_id, CASE WHEN s.blocks THEN COALESCE(s.blocked_at, s.since) END AS own,
              CASE WHEN t.blocks THEN COALESCE(t.blocked_at, t.since) END AS theirs
            FROM friendship_sides s LEFT JOIN friendship_sides t ON t.user_id = s.other_id AND t.other_id = s.user_id "
    };
}

pub(in crate::adapters::read_models) use apart;
