//! People, and the words by which they are found.

use std::sync::LazyLock;

use crate::adapters::read_models::columns::{flat, words};
use crate::adapters::read_models::tables::bindings;
use domain::UserId;
use projections::directory::UserRow;
use sqlx::Row as _;
use sqlx::mysql::MySqlConnection;

use super::super::bulk::Bulk;

static NEW: LazyLock<Bulk> = LazyLock::new(|| {
    let table = "users (id, version, email, username, nickname, status_message, image, created_at, updated_at)";
    Bulk::insert(table, 9, "")
});
/// Each field comes with whether it is said.
static CHANGED: LazyLock<Bulk> = LazyLock::new(|| {
    let columns = "CAST(? AS BINARY(16)) AS id, CAST(? AS SIGNED) AS version,
        CAST(? AS SIGNED) AS email_said, CAST(? AS CHAR) AS email,
        CAST(? AS SIGNED) AS username_said, CAST(? AS CHAR) AS username,
        CAST(? AS SIGNED) AS nickname_said, CAST(? AS CHAR) AS nickname,
        CAST(? AS SIGNED) AS status_said, CAST(? AS CHAR) AS status_message,
        CAST(? AS SIGNED) AS image_said, CAST(? AS CHAR) AS image, CAST(? AS SIGNED) AS updated_at";
    let set = "t.version = now.version,
        t.email = IF(now.email_said, now.email, t.email),
        t.username = IF(now.username_said, now.username, t.username),
        t.nickname = IF(now.nickname_said, now.nickname, t.nickname),
        t.status_message = IF(now.status_said, now.status_message, t.status_message),
        t.image = IF(now.image_said, now.image, t.image),
        t.updated_at = COALESCE(now.updated_at, t.updated_at)";
    Bulk::update("users", columns, "t.id = now.id", set)
});
static WORDS: LazyLock<Bulk> = LazyLock::new(|| Bulk::insert("user_words (word, user_id)", 2, ""));

pub(super) async fn write(on: &mut MySqlConnection, rows: &[UserRow]) -> Result<(), sqlx::Error> {
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
async fn replaced(on: &mut MySqlConnection, user: UserId) -> Result<Vec<(String, UserId)>, sqlx::Error> {
    let id = &user.0.as_bytes()[..];
    sqlx::query("DELETE FROM user_words WHERE user_id = ?").bind(id).execute(&mut *on).await?;
    let names = sqlx::query("SELECT nickname, username FROM users WHERE id = ?").bind(id).fetch_optional(on).await?;
    let Some(names) = names else { return Ok(vec![]) };
    Ok(words(user, names.try_get_unchecked(0)?, names.try_get_unchecked(1)?))
}
