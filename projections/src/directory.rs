//! The directory: users, friendships, and who is in which room.
