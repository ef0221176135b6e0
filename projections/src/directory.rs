//! The directory: users, friendships, who is in which room, and what people are told.
//!
//! Rows are folded from the events of one stream each.

mod friendships;
mod inboxes;
mod members;
mod rooms;
mod rows;
#[cfg(test)]
mod tests;
mod users;

use domain::{Envelope, Event};

pub use friendships::{Blocked, FriendshipMoved, Requested};
pub use inboxes::{InboxChanged, Told};
pub use members::MemberChanged;
pub use rooms::RoomChanged;
pub use rows::{
    DirectoryRows, FriendshipRow, InboxRow, MemberRow, NoticeRow, PrunedRow, ReadRow, RoomRow, SideRow, UserRow,
};
pub use users::{UserChanged, search_words};

use crate::ports::{Projection, Unprojectable};

/// The projection of the directory.
#[derive(Clone, Copy, Debug)]
pub struct Directory;

/// What the directory asks to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryChange {
    User(UserChanged),
    Friendship(FriendshipMoved),
    Room(RoomChanged),
    Member(MemberChanged),
    Inbox(InboxChanged),
}

impl Projection for Directory {
    type Change = DirectoryChange;

    const NAME: &'static str = "directory";

    fn project(event: &Envelope<Event>) -> Result<Vec<DirectoryChange>, Unprojectable> {
        Ok(match &event.payload {
            Event::User(said) => vec![DirectoryChange::User(users::changed(event, said)?)],
            Event::Friendship(said) => vec![DirectoryChange::Friendship(friendships::moved(event, said)?)],
            Event::Room(said) => {
                let room = rooms::changed(event, said)?.map(DirectoryChange::Room);
                room.into_iter().chain(members::changed(event, said).map(DirectoryChange::Member)).collect()
            }
            Event::Inbox(said) => vec![DirectoryChange::Inbox(inboxes::changed(event, said))],
            Event::ReadCursor(_) => vec![],
        })
    }
}
