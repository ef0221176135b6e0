//! The statements against the schema, filled by hand.

mod directory;

use domain::{RoomId, UserId};
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use uuid::Uuid;

const DIRECTORY: &str = include_str!("../../../../../migrations/directory/0001_directory.sql");

const ANN: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const CID: UserId = UserId(Uuid::from_u128(3));
const DAN: UserId = UserId(Uuid::from_u128(4));
const ROOM: RoomId = RoomId(Uuid::from_u128(100));

/// A read model in memory.
async fn model(schema: &str) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("SQLite");
    sqlx::raw_sql(schema).execute(&pool).await.expect("the schema");
    pool
}

/// Runs a statement with ids and numbers written as `{…}` by `format!`.
async fn run(pool: &SqlitePool, statement: &str) {
    sqlx::raw_sql(statement).execute(pool).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// An id as a literal of SQL.
fn id(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}
