//! Reading what people are told.

use crate::adapters::read_models::tables::notices;
use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{UserId, Version};
use query_side::ports::{InboxChange, InboxNotice, InboxNotices, InboxState, Inboxes};

use super::{Tables, away};
use crate::adapters::read_models::tables::row::Columns as _;
use crate::adapters::read_models::tables::values::Values as _;

const NOTICES: &str = concat!(
    notices::noticed!("notifications n"),
    "WHERE n.user_id = ? AND n.version < ? AND (n.read_version IS NULL OR NOT ? AND n.created_at >= ?)
    ORDER BY n.version DESC LIMIT ?"
);
const UNREAD: &str = "SELECT count(*) AS unread FROM notifications WHERE user_id = ? AND read_version IS NULL";
const INBOX: &str = "SELECT version, pruned FROM inboxes WHERE user_id = ?";
/// Told and read in the same stretch it comes twice.
const CHANGES: &str = concat!(
    notices::noticed!(
        "(SELECT o.version AS changed, o.* FROM notifications o
          WHERE o.user_id = ? AND o.version > ? AND o.version <= ?
          UNION ALL
          SELECT o.read_version AS changed, o.* FROM notifications o
          WHERE o.user_id = ? AND o.read_version > ? AND o.read_version <= ?) n"
    ),
    "ORDER BY n.changed, n.version LIMIT ?"
);

/// A version as the server has numbers: one that is too large for it lies behind all.
fn int(version: Version) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

#[async_trait]
impl Inboxes for Tables {
    async fn notices(&self, user: UserId, which: InboxNotices) -> Result<Vec<InboxNotice>, Unavailable> {
        let before = which.before.unwrap_or(Version::MAX);
        let query = sqlx::query(NOTICES).id(&user.0).bind(int(before)).flag(which.is_unread);
        let rows = self.all(query.time(which.since).bind(which.limit)).await?;
        rows.iter().map(views::notice).collect::<Result<_, _>>().map_err(away)
    }

    async fn unread(&self, user: UserId) -> Result<u64, Unavailable> {
        let rows = self.all(sqlx::query(UNREAD).id(&user.0)).await?;
        rows.first().map_or(Ok(0), |row| row.number("unread")).map_err(away)
    }

    async fn inbox(&self, user: UserId) -> Result<InboxState, Unavailable> {
        let rows = self.all(sqlx::query(INBOX).id(&user.0)).await?;
        views::inbox(rows.first()).map_err(away)
    }

    async fn inbox_changes(
        &self,
        user: UserId,
        after: Version,
        up_to: Version,
    ) -> Result<Vec<(Version, InboxChange)>, Unavailable> {
        let query = sqlx::query(CHANGES).id(&user.0).bind(int(after)).bind(int(up_to));
        let query = query.id(&user.0).bind(int(after)).bind(int(up_to)).bind(notices::MOST);
        views::inbox_changes(&self.all(query).await?, notices::MOST as usize).map_err(away)
    }
}
