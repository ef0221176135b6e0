//! Reading people.

use async_trait::async_trait;
use command_side::api::views::UserView;
use command_side::ports::Unavailable;
use domain::UserId;
use query_side::ports::{Match, Search, Users};
use sqlx::mysql::MySqlRow;

use super::row::Columns as _;
use super::{Tables, away, bind_ids, marks};

#[async_trait]
impl Users for Tables {
    async fn by_ids(&self, ids: &[UserId]) -> Result<Vec<UserView>, Unavailable> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        // Those who are erased are nobody.
        let query = format!("SELECT u.* FROM users u WHERE u.id IN ({}) AND u.nickname IS NOT NULL", marks(ids.len()));
        let rows = self.all(bind_ids(sqlx::query(&query), &ids)).await?;
        rows.iter().map(user).collect::<Result<_, _>>().map_err(away)
    }

    async fn search(&self, search: &Search) -> Result<Vec<Match>, Unavailable> {
        self.find(search).await
    }

    async fn count(&self, search: &Search, most: u32) -> Result<u64, Unavailable> {
        self.count_found(search, most).await
    }
}

/// The columns of `users`.
pub(super) fn user(row: &MySqlRow) -> Result<UserView, sqlx::Error> {
    let nickname = row.text("nickname")?;
    Ok(UserView {
        id: row.id("id")?,
        email: row.text_or_none("email")?,
        username: row.text_or_none("username")?,
        display_name: nickname.clone(),
        nickname,
        status_message: row.text_or_none("status_message")?,
        image_url: None,
        is_online: false,
        last_seen_at: None,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
