//! Reading people.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::api::views::UserView;
use command_side::ports::Unavailable;
use domain::UserId;
use query_side::ports::{Looked, Match, Search, Users};

use super::SqliteDirectory;
use super::search;
use super::values::list;
use crate::adapters::read_models::tables::row::away;

/// Those who are erased are nobody.
const BY_IDS: &str = "SELECT u.* FROM users u
    WHERE u.id IN (SELECT unhex(value) FROM json_each(?1)) AND u.nickname IS NOT NULL";

#[async_trait]
impl Users for SqliteDirectory {
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserView>, Unavailable> {
        let ids = list(ids.iter().map(|id| id.0));
        let rows = sqlx::query(BY_IDS).bind(ids).fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::user).collect::<Result<_, _>>().map_err(away)
    }

    async fn search(&self, search: &Search) -> Result<Looked<Match, (String, UserId)>, Unavailable> {
        search::search(&self.reader, search).await.map_err(away)
    }

    async fn count(&self, search: &Search, most: u32) -> Result<u64, Unavailable> {
        search::count(&self.reader, search, most).await.map_err(away)
    }
}
