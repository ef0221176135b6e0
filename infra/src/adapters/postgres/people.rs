//! Who has an account.

use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::UserId;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::PostgresEventStore;
use super::failure::away;
use super::rows::parsed;
use crate::adapters::keyless::People;

#[async_trait]
impl People for PostgresEventStore {
    async fn people_after(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, Unavailable> {
        let query = "SELECT aggregate_id FROM events AS first
            WHERE aggregate_type = 'User' AND sequence = 1 AND aggregate_id > $1
              AND NOT EXISTS (SELECT 1 FROM events AS last
                WHERE last.aggregate_type = 'User' AND last.aggregate_id = first.aggregate_id AND last.event_type = 'AccountDeleted')
            ORDER BY aggregate_id LIMIT $2";
        let after = after.map_or_else(String::new, |user| user.0.hyphenated().to_string());
        let rows = self.all(sqlx::query(query).bind(after).bind(i64::from(limit))).await?;
        let user = |row: &PgRow| row.try_get(0).and_then(parsed).map(UserId).map_err(|error| away(&error));
        rows.iter().map(user).collect()
    }
}
