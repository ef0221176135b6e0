//! People, and the words by which they are found.

use std::sync::LazyLock;

use crate::adapters::read_models::columns::{flat, words};
use crate::adapters::read_models::tables::bindings;
use domain::UserId;
use projections::directory::UserRow;
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::super::padded::Padded;

static NEW: LazyLock<Padded> = LazyLock::new(|| {
    let table = "users (id, version, email, username, nickname, status_message, image, created_at, updated_at)";
    Padded::insert(table, 9, "")
});
/// Each field comes with whether it is said.
static CHANGED: LazyLock<Padded> = LazyLock::new(|| {
    let names = "id, version, email_said, email, username_said, username, nickname_said, nickname, status_said,
        status_message, image_said, image, updated_at";
    let update = "UPDATE users SET version = now.version,
        email = iif(now.email_said, now.email, users.email),
        username = iif(now.username_said, now.username, users.username),
        nickname = iif(now.nickname_said, now.nickname, users.nickname),
        status_message = iif(now.status_said, now.status_message, users.status_message),
        image = iif(now.image_said, now.image, users.image),
        updated_at = coalesce(now.updated_at, users.updated_at)
        FROM now WHERE users.id = now.id";
    Padded::with(names, update)
});
static WORDS: LazyLock<Padded> = LazyLock::new(|| Padded::insert("user_words (word, user_id)", 2, ""));

pub(super) async fn write(on: &mut SqliteConnection, rows: &[UserRow]) -> Result<(), sqlx::Error> {
    let (new, changed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.created_at.is_some());
    NEW.run(on, &new, |query, row| bindings::new_user(query, row)).await?;
    CHANGED.run(on, &changed, |query, row| bindings::changed_user(query, row)).await?;
    let mut words: Vec<_> =
        new.iter().flat_map(|row| words(row.user, flat(&row.nickname), flat(&row.username))).collect();
    for row in changed.iter().filter(|row| row.nickname.is_some() || row.username.is_some()) {
        words.extend(replaced(on, row.user).await?);
    }
    words.sort_unstable();
    WORDS.run(on, &words, bindings::word).await
}

/// Takes the words away by which somebody was found, and says by which they are now.
async fn replaced(on: &mut SqliteConnection, user: UserId) -> Result<Vec<(String, UserId)>, sqlx::Error> {
    let id = &user.0.as_bytes()[..];
    sqlx::query("DELETE FROM user_words WHERE user_id = ?").bind(id).execute(&mut *on).await?;
    let names = sqlx::query("SELECT nickname, username FROM users WHERE id = ?").bind(id).fetch_optional(on).await?;
    let Some(names) = names else { return Ok(vec![]) };
    Ok(words(user, names.try_get(0)?, names.try_get(1)?))
}
