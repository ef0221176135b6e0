//! Reading what happened at each version of a room.

use domain::{RoomId, Version};
use query_side::ports::{Change, What};
use serde::Deserialize;
use serde_json::Value;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;

use super::messages::message;
use super::values::{blob, int};
use crate::adapters::read_models::tables::row::{Columns as _, unreadable};

const SENT: &str = "SELECT m.* FROM messages m
    WHERE m.room_id = ?1 AND m.version > ?2 AND m.version <= ?3 ORDER BY m.version LIMIT ?4";
/// The content of an edited message is looked up: what it was once is not kept.
const OTHERS: &str = "SELECT c.version, c.kind, c.message_id, c.actor, c.detail, c.at,
      CASE WHEN m.deleted_at IS NULL THEN m.content END AS content
    FROM changes c LEFT JOIN messages m ON m.id = c.message_id
    WHERE c.room_id = ?1 AND c.version > ?2 AND c.version <= ?3 ORDER BY c.version LIMIT ?4";

pub(super) async fn changes(
    reader: &SqlitePool,
    room: RoomId,
    after: Version,
    up_to: Version,
    limit: u32,
) -> Result<Vec<Change>, sqlx::Error> {
    let bound = |statement| sqlx::query(statement).bind(blob(room.0)).bind(int(after)).bind(int(up_to)).bind(limit);
    let mut changes = vec![];
    for row in bound(SENT).fetch_all(reader).await? {
        changes.push(sent(&row)?);
    }
    for row in bound(OTHERS).fetch_all(reader).await? {
        changes.push(other(&row)?);
    }
    changes.sort_unstable_by_key(|change| change.version);
    changes.truncate(limit as usize);
    Ok(changes)
}

fn sent(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    let view = message(row)?.view;
    Ok(Change { version: view.version, at: view.created_at, what: What::Sent(Box::new(view)) })
}

fn other(row: &SqliteRow) -> Result<Change, sqlx::Error> {
    let detail = Detail::read(row)?;
    let what = match row.text("kind")?.as_str() {
        "MessageEdited" => What::Edited { message: row.id("message_id")?, content: row.text_or_none("content")? },
        "MessageDeleted" => What::Deleted { message: row.id("message_id")? },
        "ReactionAdded" => detail.reacted(row, true)?,
        "ReactionRemoved" => detail.reacted(row, false)?,
        "MemberJoined" => What::Joined { user: detail.user(row)?, role: detail.role },
        "MemberLeft" | "MemberRemoved" => What::Left { user: detail.user(row)? },
        "MemberErased" => What::Erased { user: detail.user(row)? },
        _ => What::Room,
    };
    Ok(Change { version: row.number("version")?, at: row.time("at")?, what })
}

/// What a change says besides who did it to which message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    user: Option<domain::UserId>,
    role: Option<domain::room::Role>,
    emoji: Option<String>,
}

impl Detail {
    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let detail: Value = serde_json::from_str(&row.text("detail")?).map_err(|error| unreadable("detail", error))?;
        if detail.is_null() {
            return Ok(Self::default());
        }
        serde_json::from_value(detail).map_err(|error| unreadable("detail", error))
    }

    /// Whom it is about: whoever did it, unless the detail says otherwise.
    fn user(&self, row: &SqliteRow) -> Result<domain::UserId, sqlx::Error> {
        self.user.map_or_else(|| row.id("actor"), Ok)
    }

    fn reacted(self, row: &SqliteRow, added: bool) -> Result<What, sqlx::Error> {
        let (message, user) = (row.id("message_id")?, self.user(row)?);
        Ok(What::Reacted { message, emoji: self.emoji.unwrap_or_default(), user, added })
    }
}
