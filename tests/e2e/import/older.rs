//! The system before this one, on real servers, with a chat in it.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;
use world::{Outcome, World};

/// Everybody's: `correct-Horse7battery!`.
const HASH: &str = "$2b$05$Jtn4PjiRWgmtTlpVLjWt7.51T5.yJDnap8nRBmJ33CotmvqMWrg4m";
/// When the story begins: 2023-11-14T22:13:20Z.
pub(super) const BEGIN: i64 = 1_700_000_000_000;

const SCHEMA: &str = "
CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL, password_hash VARCHAR(255) NOT NULL,
  username VARCHAR(255), display_name VARCHAR(255), status_message VARCHAR(500), is_online TINYINT(1) DEFAULT 0,
  last_seen_at DATETIME NULL, is_active TINYINT(1) DEFAULT 1, created_at DATETIME NULL, updated_at DATETIME NULL);
CREATE TABLE friendships (id INT AUTO_INCREMENT PRIMARY KEY, user_id_1 INT NOT NULL, user_id_2 INT NOT NULL,
  status ENUM('pending', 'accepted') NOT NULL, created_at DATETIME NULL, updated_at DATETIME NULL, deleted_at DATETIME NULL);
CREATE TABLE chat_rooms (id INT AUTO_INCREMENT PRIMARY KEY, user_1_id INT NOT NULL, user_2_id INT NOT NULL,
  created_at DATETIME NULL, updated_at DATETIME NULL)";

/// Databases of a test's own on the servers.
pub(super) struct Older {
    mysql: MySqlConnection,
    mongodb: mongodb::Database,
    urls: [String; 2],
}

impl Older {
    /// An empty one; none, said aloud, when there are no servers.
    pub(super) async fn begin() -> Option<Self> {
        let (Some(mysql), Some(mongodb)) = (world::server("TEST_MYSQL"), world::server("TEST_MONGODB")) else {
            world::skipped("it needs MySQL and MongoDB: eval \"$(infra/dev/stack test-env)\"");
            return None;
        };
        let name = format!("older_{}", &Uuid::new_v4().simple().to_string()[..12]);
        let urls = [mysql, mongodb].map(|server| world::with_path(&server, &name));
        let server = world::with_path(&urls[0], "information_schema");
        let mut connection = MySqlConnection::connect(&server).await.expect("MySQL answers");
        connection.execute(format!("CREATE DATABASE {name}").as_str()).await.expect("a database");
        connection.execute(format!("USE {name}").as_str()).await.expect("a database");
        for table in SCHEMA.split(';') {
            connection.execute(table).await.expect("a table");
        }
        let client = mongodb::Client::with_uri_str(&urls[1]).await.expect("MongoDB answers");
        let mongodb = client.database(&name);
        mongodb.create_collection("messages").await.expect("a collection");
        Some(Self { mysql: connection, mongodb, urls })
    }

    /// A table's row; moments are seconds after the beginning.
    pub(super) async fn row(&mut self, table: &str, columns: &str, values: &str) {
        let insert = format!("INSERT INTO {table} ({columns}) VALUES ({values})");
        self.mysql.execute(insert.as_str()).await.unwrap_or_else(|error| panic!("{insert}: {error}"));
    }

    /// Puts something else into a row.
    pub(super) async fn set(&mut self, table: &str, id: u64, columns: &str) {
        let update = format!("UPDATE {table} SET {columns} WHERE id = {id}");
        self.mysql.execute(update.as_str()).await.unwrap_or_else(|error| panic!("{update}: {error}"));
    }

    /// Somebody with the password of all.
    pub(super) async fn user(&mut self, id: u64, email: &str, more: &str, created: i64) {
        let columns = "id, email, password_hash, created_at, username, display_name, status_message, is_active";
        self.row("users", columns, &format!("{id}, '{email}', '{HASH}', {}, {more}", at(created))).await;
    }

    pub(super) async fn friendship(&mut self, users: [u64; 2], status: &str, times: [i64; 2], deleted: Option<i64>) {
        let [created, updated] = times.map(at);
        let deleted = deleted.map_or("NULL".to_owned(), at);
        let columns = "user_id_1, user_id_2, status, created_at, updated_at, deleted_at";
        let values = format!("{}, {}, '{status}', {created}, {updated}, {deleted}", users[0], users[1]);
        self.row("friendships", columns, &values).await;
    }

    pub(super) async fn room(&mut self, id: u64, users: [u64; 2], created: i64) {
        let values = format!("{id}, {}, {}, {}", users[0], users[1], at(created));
        self.row("chat_rooms", "id, user_1_id, user_2_id, created_at", &values).await;
    }

    /// Says something; gives its id.
    pub(super) async fn say(&self, user: i64, room: i64, content: &str, created: i64, more: Document) -> String {
        let id = ObjectId::new();
        let mut message = doc! {
            "_id": id, "user_id": user, "room_id": room, "room_type": "private", "content": content, "message_type": "text",
            "is_deleted": false, "is_edited": false, "created_at": moment(created), "updated_at": moment(created),
        };
        message.extend(more);
        self.keep("messages", message).await;
        id.to_hex()
    }

    /// A document, as it is.
    pub(super) async fn keep(&self, collection: &str, document: Document) {
        self.mongodb.collection::<Document>(collection).insert_one(document).await.expect("kept");
    }

    pub(super) async fn edit(&self, message: &str, content: &str, edited: i64) {
        let id = ObjectId::parse_str(message).expect("an id");
        let change = doc! { "$set": { "content": content, "is_edited": true, "edited_at": moment(edited) } };
        self.mongodb.collection::<Document>("messages").update_one(doc! { "_id": id }, change).await.expect("changed");
    }

    /// Says much at once.
    pub(super) async fn say_all(&self, messages: impl Iterator<Item = (i64, i64, String, i64)>) {
        let all = messages.map(|(user, room, content, created)| {
            doc! { "user_id": user, "room_id": room, "content": content, "created_at": moment(created), "message_type": "text" }
        });
        self.mongodb.collection::<Document>("messages").insert_many(all).await.expect("kept");
    }

    pub(super) async fn read(&self, message: &str, user: i64, room: i64, read: i64) {
        let read = doc! { "message_id": message, "user_id": user, "room_id": room, "read_at": moment(read) };
        self.keep("message_read_status", read).await;
    }

    /// The import, not started yet.
    pub(super) fn importing(&self, world: &World) -> std::process::Command {
        world.command(&["import", "--mysql", &self.urls[0], "--mongodb", &self.urls[1], "--json"])
    }

    pub(super) async fn import(&self, world: &World) -> Outcome {
        world.run(["import", "--mysql", &self.urls[0], "--mongodb", &self.urls[1], "--json"]).await
    }

    /// The import, from another MongoDB database.
    pub(super) async fn import_from(&self, world: &World, database: &str) -> Outcome {
        let mongodb = world::with_path(&self.urls[1], database);
        world.run(["import", "--mysql", &self.urls[0], "--mongodb", &mongodb, "--json"]).await
    }

    /// Leaves nothing on the servers.
    pub(super) async fn end(mut self) {
        let name = self.mongodb.name().to_owned();
        self.mysql.execute(format!("DROP DATABASE {name}").as_str()).await.expect("gone");
        self.mongodb.drop().await.expect("gone");
    }
}

pub(super) fn at(seconds: i64) -> String {
    format!("TIMESTAMPADD(SECOND, {}, '1970-01-01')", BEGIN / 1000 + seconds)
}

pub(super) fn moment(seconds: i64) -> DateTime {
    DateTime::from_millis(BEGIN + seconds * 1000)
}
