//! `messages` and `message_read_status` on MongoDB.

use std::error::Error;

use command_side::ports::{OlderMessage, OlderRead, Unavailable};
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, once};
use mongodb::bson::Document;
use mongodb::{Client, Database};

use super::fields::{flag, id, in_order, made, moment, number, text};

const MESSAGES: &str = "messages";
/// Documents that are read at once: the next are asked for before the server forgets who asked (30 minutes).
const BATCH: u32 = 1000;

/// The messages of a database.
pub(super) struct OlderMessages(Database);

impl OlderMessages {
    pub(super) async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let client = Client::with_uri_str(url).await.map_err(|error| format!("--mongodb: {error}"))?;
        let database = client.default_database().ok_or("--mongodb must name a database: mongodb://HOST/NAME")?;
        let collections = database.list_collection_names().authorized_collections(true).await;
        // The server has every database that one names: one without messages is another than was meant.
        if !collections.map_err(|error| format!("--mongodb: {error}"))?.iter().any(|name| name == MESSAGES) {
            return Err(format!("--mongodb: the database {} has no collection {MESSAGES}", database.name()).into());
        }
        Ok(Self(database))
    }

    pub(super) fn messages(&self) -> BoxStream<'_, Result<OlderMessage, Unavailable>> {
        self.sorted(MESSAGES, "created_at").map_ok(|found| message(&found)).boxed()
    }

    pub(super) fn reads(&self) -> BoxStream<'_, Result<OlderRead, Unavailable>> {
        self.sorted("message_read_status", "read_at").map_ok(|found| read(&found)).boxed()
    }

    /// Everything in a collection, by one of its times; the server sorts on its disk.
    fn sorted(&self, name: &str, by: &'static str) -> BoxStream<'static, Result<Document, Unavailable>> {
        let collection = self.0.collection::<Document>(name);
        let found =
            once(async move { collection.aggregate(in_order(by)).allow_disk_use(true).batch_size(BATCH).await });
        found.try_flatten().map_err(|error| Unavailable(format!("--mongodb: {error}"))).boxed()
    }
}

fn message(found: &Document) -> OlderMessage {
    let (created_at, time_from) = made(found, "created_at");
    let changed = || moment(found, "updated_at").or(created_at).unwrap_or_default();
    let when = |is: &str, at: &str| flag(found, is).then(|| moment(found, at).unwrap_or_else(changed));
    OlderMessage {
        id: id(found, "_id"),
        user: number(found, "user_id"),
        room: number(found, "room_id"),
        content: text(found, "content").unwrap_or_default(),
        original_content: text(found, "original_content"),
        message_type: text(found, "message_type").unwrap_or_default(),
        file_url: text(found, "file_url"),
        file_name: text(found, "file_name"),
        created_at,
        time_from,
        edited_at: when("is_edited", "edited_at"),
        deleted_at: when("is_deleted", "deleted_at"),
    }
}

fn read(found: &Document) -> OlderRead {
    let (read_at, time_from) = made(found, "read_at");
    OlderRead {
        message: id(found, "message_id"),
        user: number(found, "user_id"),
        room: number(found, "room_id"),
        read_at,
        time_from,
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{DateTime, doc};

    use super::*;

    #[test]
    fn a_message_is_read_with_what_became_of_it() {
        let at = |millis| DateTime::from_millis(millis);
        let found = doc! {
            "_id": ObjectId::parse_str("65a1b2c3d4e5f60718293a4b").expect("an id"), "user_id": 7_i32, "room_id": "3",
            "content": "hello", "is_edited": true, "edited_at": at(9), "is_deleted": false, "deleted_at": null, "import_made": at(5),
        };
        let said = message(&found);
        assert_eq!((said.id.as_str(), said.user, said.room), ("65a1b2c3d4e5f60718293a4b", Some(7), Some(3)));
        assert_eq!((said.created_at, said.edited_at, said.deleted_at), (Some(Timestamp(5)), Some(Timestamp(9)), None));
    }

    #[test]
    fn what_does_not_say_when_it_was_changed_was_when_it_was_made() {
        let said = message(&doc! { "import_made": DateTime::from_millis(5), "is_deleted": 1, "is_edited": true });
        let at = Some(Timestamp(5));
        assert_eq!((said.created_at, said.edited_at, said.deleted_at), (at, at, at));
    }
}
