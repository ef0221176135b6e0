//! Who has an account.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::UserId;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteEventStore;
use super::failure::away;
use super::rows::parsed;
use crate::adapters::keyless::People;

#[async_trait]
impl People for SqliteEventStore {
    async fn people_after(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Unavailable> {
        // Without being told, SQLite would go through all deletions for each.
        let query = "SELECT aggregate_id FROM events AS first INDEXED BY events_by_stream
            WHERE aggregate_type = 'User' AND sequence = 1 AND aggregate_id > ?
              AND NOT EXISTS (SELECT 1 FROM events AS last INDEXED BY events_by_stream
                WHERE last.aggregate_type = 'User' AND last.aggregate_id = first.aggregate_id AND last.event_type = 'AccountDeleted')
            ORDER BY aggregate_id LIMIT ?";
        let after = after.map_or_else(String::new, |user| user.0.hyphenated().to_string());
        let rows = self.all(sqlx::query(query).bind(after).bind(limit)).await?;
        let user = |row: &SqliteRow| row.try_get(0).and_then(parsed).map(UserId).map_err(|error| away(&error));
        rows.iter().map(user).collect()
    }
}
