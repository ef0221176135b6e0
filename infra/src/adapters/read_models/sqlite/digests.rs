//! Digests of a generation's rows, key by key.

use std::sync::Arc;

use domain::hash::Hash;
use futures::stream::{BoxStream, StreamExt as _, unfold};
use parking_lot::Mutex;
use projections::ports::{Digested, Digests, Unavailable};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Model, away};

/// Digests that wait to be compared.
const WAITING: usize = 256;

/// A table, the id by which its rows belong together, and their order.
struct Table {
    name: &'static str,
    key: &'static str,
    order: &'static str,
}

const DIRECTORY: &[Table] = &[
    Table { name: "users", key: "id", order: "id" },
    Table { name: "user_words", key: "user_id", order: "user_id, word" },
    Table { name: "friendships", key: "id", order: "id" },
    Table { name: "friendship_sides", key: "friendship_id", order: "friendship_id, user_id" },
    Table { name: "rooms", key: "id", order: "id" },
    Table { name: "room_members", key: "room_id", order: "room_id, user_id" },
    Table { name: "inboxes", key: "user_id", order: "user_id" },
    Table { name: "notifications", key: "user_id", order: "user_id, version" },
];
const TIMELINE: &[Table] = &[
    Table { name: "rooms", key: "id", order: "id" },
    Table { name: "messages", key: "room_id", order: "room_id, version" },
    Table { name: "message_terms", key: "room_id", order: "room_id, term, position" },
    Table { name: "changes", key: "room_id", order: "room_id, version" },
    Table { name: "reactions", key: "message_id", order: "message_id, emoji, user_id" },
    Table { name: "memberships", key: "room_id", order: "room_id, user_id, from_version" },
    Table { name: "read_marks", key: "room_id", order: "room_id, user_id" },
];

const fn tables(model: Model) -> &'static [Table] {
    match model {
        Model::Directory => DIRECTORY,
        Model::Timeline => TIMELINE,
    }
}

/// The digests of one file as one connection sees it. They can be had once.
pub(super) struct FileDigests {
    model: Model,
    connection: Mutex<Option<SqliteConnection>>,
}

type Answer = Result<Digested, Unavailable>;

impl FileDigests {
    pub(super) fn of(model: Model, connection: SqliteConnection) -> Arc<Self> {
        Arc::new(Self { model, connection: Mutex::new(Some(connection)) })
    }
}

impl Digests for FileDigests {
    fn tables(&self) -> Vec<&'static str> {
        tables(self.model).iter().map(|table| table.name).collect()
    }

    fn digests(&self) -> BoxStream<'static, Answer> {
        let (to, from) = mpsc::channel(WAITING);
        let (model, connection) = (self.model, self.connection.lock().take());
        tokio::spawn(async move {
            if let Err(error) = all(model, connection, &to).await {
                // Nobody listens any more if this fails.
                let _ = to.send(Err(error)).await;
            }
        });
        unfold(from, async |mut from| Some((from.recv().await?, from))).boxed()
    }
}

async fn all(model: Model, on: Option<SqliteConnection>, to: &mpsc::Sender<Answer>) -> Result<(), Unavailable> {
    let mut on = on.ok_or_else(|| away("digests can be had once"))?;
    for table in tables(model) {
        digest(table, &mut on, to).await.map_err(away)?;
    }
    Ok(())
}

/// The rows of one key, as far as they were read.
struct Group {
    key: Uuid,
    rows: u64,
    sha: Sha256,
}

async fn digest(table: &Table, on: &mut SqliteConnection, to: &mpsc::Sender<Answer>) -> Result<(), sqlx::Error> {
    let Table { name, key, order } = table;
    let query = format!("SELECT {key}, t.* FROM {name} t ORDER BY {order}");
    let mut rows = sqlx::query(&query).fetch(on);
    let mut group: Option<Group> = None;
    while let Some(row) = rows.next().await {
        let row = row?;
        let key = Uuid::from_slice(row.try_get(0)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        if group.as_ref().is_none_or(|group| group.key != key) {
            send(table, group.take(), to).await;
            group = Some(Group { key, rows: 0, sha: Sha256::new() });
        }
        if let Some(group) = &mut group {
            group.rows += 1;
            cover(&mut group.sha, &row)?;
        }
    }
    send(table, group, to).await;
    Ok(())
}

async fn send(table: &Table, group: Option<Group>, to: &mpsc::Sender<Answer>) {
    let Some(Group { key, rows, sha }) = group else { return };
    let digested = Digested { table: table.name, key, rows, digest: Hash(sha.finalize().into()) };
    // Whoever compares may have given up.
    let _ = to.send(Ok(digested)).await;
}

/// Each value with its type and length, so that no two different rows make the same bytes.
fn cover(sha: &mut Sha256, row: &SqliteRow) -> Result<(), sqlx::Error> {
    for column in &row.columns()[1..] {
        let value = row.try_get_raw(column.ordinal())?;
        let (sort, bytes): (u8, &[u8]) = match value.type_info().name() {
            "NULL" => (0, &[]),
            "INTEGER" => (1, &row.try_get::<i64, _>(column.ordinal())?.to_be_bytes()[..]),
            "REAL" => (2, &row.try_get::<f64, _>(column.ordinal())?.to_be_bytes()[..]),
            "TEXT" => (3, row.try_get::<&str, _>(column.ordinal())?.as_bytes()),
            _ => (4, row.try_get(column.ordinal())?),
        };
        sha.update([sort]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    }
    Ok(())
}
