//! Reading what people are told.

use crate::adapters::read_models::tables::notices;
use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{UserId, Version};
use query_side::ports::{InboxChange, InboxNotice, InboxNotices, InboxState, Inboxes};

use super::SqliteDirectory;
use super::values::{blob, int};
use crate::adapters::read_models::tables::row::{Columns as _, away};

const NOTICES: &str = concat!(
    notices::noticed!("notifications n"),
    "WHERE n.user_id = ?1 AND n.version < ?2 AND (n.read_version IS NULL OR NOT ?3 AND n.created_at >= ?4)
    ORDER BY n.version DESC LIMIT ?5"
);
const UNREAD: &str = "SELECT count(*) AS unread FROM notifications WHERE user_id = ? AND read_version IS NULL";
const INBOX: &str = "SELECT version, pruned FROM inboxes WHERE user_id = ?";
/// Told and read in the same stretch it comes twice.
const CHANGES: &str = concat!(
    notices::noticed!(
        "(SELECT version AS changed, * FROM notifications WHERE user_id = ?1 AND version > ?2 AND version <= ?3
          UNION ALL
          SELECT read_version AS changed, * FROM notifications
          WHERE user_id = ?1 AND read_version > ?2 AND read_version <= ?3) n"
    ),
    "ORDER BY n.changed, n.version LIMIT ?4"
);

#[async_trait]
impl Inboxes for SqliteDirectory {
    async fn notices(&self, user: UserId, which: InboxNotices) -> Result<Vec<InboxNotice>, Unavailable> {
        let before = which.before.unwrap_or(Version::MAX);
        let query = sqlx::query(NOTICES).bind(blob(user.0)).bind(int(before)).bind(which.is_unread);
        let rows = query.bind(which.since.0).bind(which.limit).fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::notice).collect::<Result<_, _>>().map_err(away)
    }

    async fn unread(&self, user: UserId) -> Result<u64, Unavailable> {
        let row = sqlx::query(UNREAD).bind(blob(user.0)).fetch_one(&self.reader).await.map_err(away)?;
        row.number("unread").map_err(away)
    }

    async fn inbox(&self, user: UserId) -> Result<InboxState, Unavailable> {
        let row = sqlx::query(INBOX).bind(blob(user.0)).fetch_optional(&self.reader).await.map_err(away)?;
        views::inbox(row.as_ref()).map_err(away)
    }

    async fn inbox_changes(
        &self,
        user: UserId,
        after: Version,
        up_to: Version,
    ) -> Result<Vec<(Version, InboxChange)>, Unavailable> {
        let query = sqlx::query(CHANGES).bind(blob(user.0)).bind(int(after)).bind(int(up_to)).bind(notices::MOST);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        views::inbox_changes(&rows, notices::MOST as usize).map_err(away)
    }
}
