//! The directory's rows.

mod friendships;
mod inboxes;
mod rooms;
mod users;

use projections::directory::{DirectoryChange, DirectoryRows};
use sqlx::sqlite::SqliteConnection;

use super::{Kept, Model};

impl Kept for DirectoryChange {
    const MODEL: Model = Model::Directory;

    fn is_erasure(&self) -> bool {
        match self {
            Self::User(changed) => changed.nickname == Some(None),
            Self::Friendship(moved) => moved.erased.is_some(),
            Self::Room(changed) => changed.name == Some(None),
            Self::Member(_) | Self::Inbox(_) => false,
        }
    }

    async fn keep(on: &mut SqliteConnection, changes: Vec<Self>) -> Result<(), sqlx::Error> {
        let rows = DirectoryRows::gather(changes);
        users::write(on, &rows.users).await?;
        friendships::write(on, &rows).await?;
        rooms::write(on, &rows).await?;
        inboxes::write(on, &rows).await
    }
}
