//! Reading people.

use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::api::views::UserView;
use command_side::ports::Unavailable;
use domain::UserId;
use query_side::ports::{Looked, Match, Search, Users};

use super::{Tables, away, bind_ids, marks};

#[async_trait]
impl Users for Tables {
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserView>, Unavailable> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        // Those who are erased are nobody.
        let query = format!("SELECT u.* FROM users u WHERE u.id IN ({}) AND u.nickname IS NOT NULL", marks(ids.len()));
        let rows = self.all(bind_ids(sqlx::query(&query), &ids)).await?;
        rows.iter().map(views::user).collect::<Result<_, _>>().map_err(away)
    }

    async fn search(&self, search: &Search) -> Result<Looked<Match, (String, UserId)>, Unavailable> {
        self.find(search).await
    }

    async fn count(&self, search: &Search, most: u32) -> Result<u64, Unavailable> {
        self.count_found(search, most).await
    }
}
