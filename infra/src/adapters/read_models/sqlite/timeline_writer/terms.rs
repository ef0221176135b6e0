//! The terms by which messages are found.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::{MessageId, Position, RoomId, Version};
use projections::timeline::{Rewritten, Sent, search_terms};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::super::padded::{Binding, Padded};
use super::super::queries::values::list;
use crate::adapters::read_models::tables::row::Columns as _;

/// A message and its terms, as a JSON array.
struct Found {
    room: RoomId,
    position: Position,
    version: Version,
    terms: String,
}

static KEPT: LazyLock<Padded> = LazyLock::new(|| {
    let insert = "INSERT INTO message_terms (room_id, term, position, version)
        SELECT now.room_id, t.value, now.position, now.version FROM now, json_each(now.terms) t WHERE now.room_id NOT NULL";
    Padded::with("room_id, position, version, terms", insert)
});
static GONE: LazyLock<Padded> = LazyLock::new(|| {
    let delete = "DELETE FROM message_terms WHERE (room_id, term, position) IN (
        SELECT now.room_id, t.value, now.position FROM now, json_each(now.terms) t)";
    Padded::with("room_id, position, version, terms", delete)
});
/// What messages say until they are rewritten.
const FORMER: &str = "SELECT m.id, m.room_id, m.version, m.position, m.content
    FROM json_each(?1) r JOIN messages m ON m.id = unhex(r.value)";

/// Keeps those of messages that are new.
pub(super) async fn keep(on: &mut SqliteConnection, sent: &[Sent]) -> Result<(), sqlx::Error> {
    let found = |sent: &Sent| {
        let (room, position, version) = (sent.room, sent.position, sent.version);
        Some(Found { room, position, version, terms: terms(sent.content.as_deref())? })
    };
    let found: Vec<_> = sent.iter().filter_map(found).collect();
    KEPT.run(on, &found, bind).await
}

/// Puts those of what messages say from now on in the place of those of what they say until now: to be called before that is
/// overwritten.
pub(super) async fn replace(on: &mut SqliteConnection, rewritten: &[Rewritten]) -> Result<(), sqlx::Error> {
    if rewritten.is_empty() {
        return Ok(());
    }
    let contents: HashMap<MessageId, _> = rewritten.iter().map(|row| (row.id, row.content.as_deref())).collect();
    let former = sqlx::query(FORMER).bind(list(rewritten.iter().map(|row| row.id.0))).fetch_all(&mut *on).await?;
    let (mut gone, mut found) = (vec![], vec![]);
    for row in &former {
        gone.extend(found_by(row, row.text_or_none("content")?.as_deref())?);
        found.extend(found_by(row, contents.get(&row.id("id")?).copied().flatten())?);
    }
    GONE.run(on, &gone, bind).await?;
    KEPT.run(on, &found, bind).await
}

fn found_by(row: &SqliteRow, content: Option<&str>) -> Result<Option<Found>, sqlx::Error> {
    let Some(terms) = terms(content) else { return Ok(None) };
    let (room, position, version) = (row.id("room_id")?, row.number("position")?, row.number("version")?);
    Ok(Some(Found { room, position, version, terms }))
}

/// None where there are none.
fn terms(content: Option<&str>) -> Option<String> {
    let terms = search_terms(content);
    (!terms.is_empty()).then(|| serde_json::Value::from(terms).to_string())
}

fn bind<'q>(query: Binding<'q>, row: &'q Found) -> Binding<'q> {
    let query = query.bind(&row.room.0.as_bytes()[..]).bind(row.position.cast_signed());
    query.bind(row.version.cast_signed()).bind(row.terms.as_str())
}
