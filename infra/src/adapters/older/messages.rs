//! `messages` and `message_read_status` on MongoDB.

use std::error::Error;

use command_side::ports::{OlderMessage, OlderRead, Unavailable};
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, once};
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};

use super::fields::{flag, id, made_at, moment, number, text};

/// The messages of a database.
pub(super) struct OlderMessages(Database);

impl OlderMessages {
    pub(super) async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let client = Client::with_uri_str(url).await.map_err(|error| format!("--mongodb: {error}"))?;
        let database = client.default_database().ok_or("--mongodb must name a database: mongodb://HOST/NAME")?;
        database.run_command(doc! { "ping": 1 }).await.map_err(|error| format!("--mongodb: {error}"))?;
        Ok(Self(database))
    }

    pub(super) fn messages(&self) -> BoxStream<'_, Result<OlderMessage, Unavailable>> {
        self.sorted("messages", "created_at").map_ok(|found| message(&found)).boxed()
    }

    pub(super) fn reads(&self) -> BoxStream<'_, Result<OlderRead, Unavailable>> {
        self.sorted("message_read_status", "read_at").map_ok(|found| read(&found)).boxed()
    }

    /// Everything in a collection, by one of its fields; the server sorts on its disk, and waits for whoever reads slowly.
    fn sorted(&self, name: &str, by: &'static str) -> BoxStream<'static, Result<Document, Unavailable>> {
        let collection = self.0.collection::<Document>(name);
        let found = once(async move {
            let all = collection.find(doc! {}).sort(doc! { by: 1, "_id": 1 });
            all.allow_disk_use(true).no_cursor_timeout(true).await
        });
        found.try_flatten().map_err(|error| Unavailable(format!("--mongodb: {error}"))).boxed()
    }
}

fn message(found: &Document) -> OlderMessage {
    let created_at = moment(found, "created_at").or_else(|| made_at(found)).unwrap_or_default();
    let changed = || moment(found, "updated_at").unwrap_or(created_at);
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
        edited_at: when("is_edited", "edited_at"),
        deleted_at: when("is_deleted", "deleted_at"),
    }
}

fn read(found: &Document) -> OlderRead {
    OlderRead {
        message: id(found, "message_id"),
        user: number(found, "user_id"),
        room: number(found, "room_id"),
        read_at: moment(found, "read_at").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use mongodb::bson::DateTime;
    use mongodb::bson::oid::ObjectId;

    use super::*;

    #[test]
    fn a_message_is_read_with_what_became_of_it() {
        let at = |millis| DateTime::from_millis(millis);
        let found = doc! {
            "_id": ObjectId::parse_str("65a1b2c3d4e5f60718293a4b").expect("an id"), "user_id": 7_i32, "room_id": "3",
            "content": "hello", "is_edited": true, "edited_at": at(9), "is_deleted": false, "deleted_at": null, "created_at": at(5),
        };
        let said = message(&found);
        assert_eq!((said.id.as_str(), said.user, said.room), ("65a1b2c3d4e5f60718293a4b", Some(7), Some(3)));
        assert_eq!((said.created_at, said.edited_at, said.deleted_at), (Timestamp(5), Some(Timestamp(9)), None));
    }

    #[test]
    fn what_does_not_say_when_it_was_says_it_by_its_id() {
        let id = ObjectId::parse_str("65a1b2c30000000000000000").expect("an id");
        let said = message(&doc! { "_id": id, "is_deleted": 1, "is_edited": true });
        assert_eq!(said.created_at, Timestamp(0x65a1_b2c3 * 1000));
        assert_eq!((said.edited_at, said.deleted_at), (Some(said.created_at), Some(said.created_at)));
    }
}
