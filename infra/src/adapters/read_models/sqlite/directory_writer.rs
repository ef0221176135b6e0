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

    async fn keep(on: &mut SqliteConnection, changes: Vec<Self>) -> Result<(), sqlx::Error> {
        let rows = DirectoryRows::gather(changes);
        users::write(on, &rows.users).await?;
        friendships::write(on, &rows).await?;
        rooms::write(on, &rows).await?;
        inboxes::write(on, &rows).await
    }
}
