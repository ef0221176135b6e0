//! The collections of a generation: as the tables of the embedded timeline, one document a row.
//!
//! What is NULL there is absent here. A message holds its own terms, and what is told between messages has `told: true`. A message also keeps the version of what last changed it (`at`), and a reaction that was
//! taken back stays with `on: false`: so what was overtaken can be told when it is written late.

use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;

use super::faults::{code, within};

pub(super) const ROOMS: &str = "rooms";
pub(super) const MESSAGES: &str = "messages";
pub(super) const CHANGES: &str = "changes";
pub(super) const REACTIONS: &str = "reactions";
pub(super) const MEMBERSHIPS: &str = "memberships";
pub(super) const READ_MARKS: &str = "read_marks";
pub(super) const PARKED: &str = "parked";

/// The index of deleted messages.
pub(super) const DELETED: &str = "deleted_by_room_number_time";
/// The index of the terms of messages.
pub(super) const TERMS: &str = "terms_by_room_position";
/// The index of changes that a timeline tells between its messages.
pub(super) const TOLD: &str = "told_by_room_version";

/// The newest shape of the registry and of generations that this release knows.
pub(super) const VERSION: i64 = 3;

/// How long an index over what is there already may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(30);

/// Makes the collections with the indexes by which they are written, as far as they are not there.
pub(super) async fn prepare(generation: &Database) -> Result<(), Error> {
    for plain in [ROOMS, CHANGES, MESSAGES, PARKED] {
        make(generation, plain).await?;
    }
    let reactions = unique(doc! { "message": 1, "emoji": 1, "user": 1 });
    index(generation, REACTIONS, vec![reactions]).await?;
    index(generation, MEMBERSHIPS, vec![unique(doc! { "room": 1, "user": 1, "from": 1 })]).await?;
    index(generation, READ_MARKS, vec![unique(doc! { "room": 1, "user": 1 })]).await
}

/// Makes the indexes by which a generation is read; over what is there already that takes less than one by one.
pub(super) async fn finish(generation: &Database) -> Result<(), Error> {
    // With all that is asked of them, so that they are counted without being read.
    let mut deleted = doc! { "name": DELETED, "key": { "room": 1, "number": 1, "deleted_at": 1 } };
    deleted.insert("partialFilterExpression", doc! { "deleted_at": { "$exists": true } });
    let terms = doc! { "name": TERMS, "key": { "room": 1, "terms": 1, "position": -1 } };
    index(generation, MESSAGES, vec![unique(doc! { "room": 1, "version": 1 }), deleted, terms]).await?;
    let mut told = doc! { "name": TOLD, "key": { "told": 1, "_id": 1 } };
    told.insert("partialFilterExpression", doc! { "told": true });
    index(generation, CHANGES, vec![told]).await?;
    index(generation, MEMBERSHIPS, vec![named(doc! { "user": 1, "room": 1, "from": 1, "to": 1 })]).await
}

/// Makes the index by which the messages of a room are found, where somebody's are to be erased before [`finish`].
pub(super) async fn find_versions(generation: &Database) -> Result<(), Error> {
    index(generation, MESSAGES, vec![unique(doc! { "room": 1, "version": 1 })]).await
}

async fn make(generation: &Database, collection: &str) -> Result<(), Error> {
    const EXISTS: i32 = 48;
    let command = doc! { "create": collection, "writeConcern": { "w": "majority" } };
    let made = within(PATIENCE, async { generation.run_command(command).await }).await;
    match made {
        Err(error) if code(&error) == Some(EXISTS) => Ok(()),
        made => made.map(|_| ()),
    }
}

async fn index(generation: &Database, collection: &str, indexes: Vec<Document>) -> Result<(), Error> {
    let command = doc! { "createIndexes": collection, "indexes": indexes, "writeConcern": { "w": "majority" } };
    within(PATIENCE, async { generation.run_command(command).await }).await.map(|_| ())
}

fn named(key: Document) -> Document {
    let name: Vec<_> = key.keys().map(String::as_str).collect();
    doc! { "name": name.join("_"), "key": key }
}

fn unique(key: Document) -> Document {
    let mut index = named(key);
    index.insert("unique", true);
    index
}
