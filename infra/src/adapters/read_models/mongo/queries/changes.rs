//! Reading what happened at each version of a room.

use std::collections::HashMap;

use domain::room::Role;
use domain::{MessageId, RoomId, UserId, Version};
use mongodb::bson::{RawDocument, doc};
use mongodb::error::Error;
use query_side::ports::{Change, What};
use serde::Deserialize;

use super::super::faults::unreadable;
use super::super::fields::{Fields as _, binary, int, of_version_key, version_key};
use super::super::schema::{CHANGES, MESSAGES};
use super::GenerationReader;
use super::find::all;
use super::messages::message;

/// What edited messages say now.
type Contents = HashMap<MessageId, Option<String>>;

pub(super) async fn changes(
    reader: &GenerationReader,
    room: RoomId,
    after: Version,
    up_to: Version,
    limit: u32,
) -> Result<Vec<Change>, Error> {
    let (messages, changes) = (reader.all(MESSAGES), reader.all(CHANGES));
    let versions = doc! { "$gt": int(after), "$lte": int(up_to) };
    let sent =
        messages.find(doc! { "room": binary(room.0), "version": versions }).sort(doc! { "room": 1, "version": 1 });
    let keys = doc! { "$gt": version_key(room, after), "$lte": version_key(room, up_to) };
    let others = changes.find(doc! { "_id": keys }).sort(doc! { "_id": 1 });
    let (found, others) = futures::try_join!(all(sent.limit(limit.into())), all(others.limit(limit.into())))?;
    let contents = contents(reader, &others).await?;
    let mut changes = found.iter().map(|row| self::sent(row)).collect::<Result<Vec<_>, _>>()?;
    for row in &others {
        changes.push(other(row, &contents)?);
    }
    changes.sort_unstable_by_key(|change| change.version);
    changes.truncate(limit as usize);
    Ok(changes)
}

/// The content of an edited message is looked up: what it was once is not kept.
async fn contents<D: AsRef<RawDocument>>(reader: &GenerationReader, changes: &[D]) -> Result<Contents, Error> {
    let mut edited = vec![];
    for change in changes {
        if change.as_ref().text("kind")? == "MessageEdited" {
            edited.push(binary(change.as_ref().id("message")?));
        }
    }
    if edited.is_empty() {
        return Ok(Contents::new());
    }
    let messages = reader.all(MESSAGES);
    let find = messages.find(doc! { "_id": { "$in": edited } }).projection(doc! { "content": 1, "deleted_at": 1 });
    let content = |row: &RawDocument| {
        let content = row.text_or_none("content")?.filter(|_| !row.has("deleted_at").unwrap_or(true));
        Ok((row.id("_id")?, content.map(str::to_owned)))
    };
    all(find).await?.iter().map(|row| content(row)).collect()
}

fn sent(row: &RawDocument) -> Result<Change, Error> {
    let view = message(row)?.view;
    Ok(Change { version: view.version, at: view.created_at, what: What::Sent(Box::new(view)) })
}

fn other(row: &RawDocument, contents: &Contents) -> Result<Change, Error> {
    let detail: Detail = serde_json::from_str(row.text("detail")?).map_err(|_| unreadable("detail"))?;
    let what = match row.text("kind")? {
        "MessageEdited" => {
            let message = row.id("message")?;
            What::Edited { message, content: contents.get(&message).cloned().flatten() }
        }
        "MessageDeleted" => What::Deleted { message: row.id("message")? },
        "ReactionAdded" => detail.reacted(row, true)?,
        "ReactionRemoved" => detail.reacted(row, false)?,
        "MemberJoined" => What::Joined { user: detail.user(row)?, role: detail.role },
        "MemberLeft" | "MemberRemoved" => What::Left { user: detail.user(row)? },
        "MemberErased" => What::Erased { user: detail.user(row)? },
        _ => What::Room,
    };
    let (_, version) = of_version_key(row.bytes("_id")?)?;
    Ok(Change { version, at: row.time("at")?, what })
}

/// What a change says besides who did it to which message.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    user: Option<UserId>,
    role: Option<Role>,
    emoji: Option<String>,
}

impl Detail {
    /// Whom it is about: whoever did it, unless the detail says otherwise.
    fn user(&self, row: &RawDocument) -> Result<UserId, Error> {
        self.user.map_or_else(|| row.id("actor"), Ok)
    }

    fn reacted(self, row: &RawDocument, added: bool) -> Result<What, Error> {
        let (message, user) = (row.id("message")?, self.user(row)?);
        Ok(What::Reacted { message, emoji: self.emoji.unwrap_or_default(), user, added })
    }
}
