//! Digests of a generation's rows, key by key.

use std::sync::Arc;

use domain::hash::Hash;
use futures::stream::{BoxStream, StreamExt as _, unfold};
use parking_lot::Mutex;
use projections::ports::{Digested, Digests, Unavailable};
use sha2::{Digest as _, Sha256};
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{Column as _, Row as _, TypeInfo as _};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::away;

/// Digests that wait to be compared.
const WAITING: usize = 256;

/// A table, the id by which its rows belong together, and their order.
struct Table {
    name: &'static str,
    key: &'static str,
    order: &'static str,
}

const TABLES: [Table; 8] = [
    Table { name: "users", key: "id", order: "id" },
    Table { name: "user_words", key: "user_id", order: "user_id, word" },
    Table { name: "friendships", key: "id", order: "id" },
    Table { name: "friendship_sides", key: "friendship_id", order: "friendship_id, user_id" },
    Table { name: "rooms", key: "id", order: "id" },
    Table { name: "room_members", key: "room_id", order: "room_id, user_id" },
    Table { name: "inboxes", key: "user_id", order: "user_id" },
    Table { name: "notifications", key: "user_id", order: "user_id, version" },
];

/// The digests of one database as one connection sees it. They can be had once.
pub(super) struct DatabaseDigests(Mutex<Option<MySqlConnection>>);

type Answer = Result<Digested, Unavailable>;

impl DatabaseDigests {
    pub(super) fn of(connection: MySqlConnection) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(connection))))
    }
}

impl Digests for DatabaseDigests {
    fn tables(&self) -> Vec<&'static str> {
        TABLES.iter().map(|table| table.name).collect()
    }

    fn digests(&self) -> BoxStream<'static, Answer> {
        let (to, from) = mpsc::channel(WAITING);
        let connection = self.0.lock().take();
        tokio::spawn(async move {
            if let Err(error) = all(connection, &to).await {
                // Nobody listens any more if this fails.
                let _ = to.send(Err(error)).await;
            }
        });
        unfold(from, async |mut from| Some((from.recv().await?, from))).boxed()
    }
}

async fn all(on: Option<MySqlConnection>, to: &mpsc::Sender<Answer>) -> Result<(), Unavailable> {
    let mut on = on.ok_or_else(|| away("digests can be had once"))?;
    for table in &TABLES {
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

async fn digest(table: &Table, on: &mut MySqlConnection, to: &mpsc::Sender<Answer>) -> Result<(), sqlx::Error> {
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

/// Each value with its sort and length. As on SQLite, so that equal rows have equal digests wherever they are kept, what is NULL is as
/// nothing of its sort: no id, text or time of a row is that.
fn cover(sha: &mut Sha256, row: &MySqlRow) -> Result<(), sqlx::Error> {
    for column in &row.columns()[1..] {
        let index = column.ordinal();
        let (sort, bytes) = match column.type_info().name() {
            "BIGINT" => (1, number(row.try_get::<Option<i64>, _>(index)?)),
            "TINYINT" | "BOOLEAN" => (1, number(row.try_get::<Option<i8>, _>(index)?)),
            // An id; no text is of a fixed length.
            "BINARY" => (4, bytes(row, index)?),
            _ => (3, bytes(row, index)?),
        };
        sha.update([sort]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    }
    Ok(())
}

fn number(value: Option<impl Into<i64>>) -> Vec<u8> {
    value.map_or(0, Into::into).to_be_bytes().to_vec()
}

fn bytes(row: &MySqlRow, index: usize) -> Result<Vec<u8>, sqlx::Error> {
    Ok(row.try_get_unchecked::<Option<Vec<u8>>, _>(index)?.unwrap_or_default())
}
