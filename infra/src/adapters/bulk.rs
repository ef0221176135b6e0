//! Inserting many rows with few statements.

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

/// How many rows a statement has room for. Few sizes, so that each is prepared once and used again; the largest is far below
/// SQLite's 32,766 parameters.
const SIZES: [usize; 4] = [1, 4, 16, 64];

/// A statement whose parameters are being bound.
pub type Binding<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// An insert of many rows into one table.
pub struct Bulk {
    statements: [String; SIZES.len()],
}

impl Bulk {
    /// The most rows that go into one statement.
    pub const LARGEST: usize = SIZES[SIZES.len() - 1];

    /// Into `columns` of `table`, the first of which is never NULL; `on_conflict` is the statement's end, or nothing.
    #[must_use]
    pub fn new(table: &str, columns: &str, on_conflict: &str) -> Self {
        let parameters = vec!["?"; columns.split(',').count()].join(",");
        // Parameters that are not bound are NULL: the rows that a statement has too many are left out.
        let statement = |rows| {
            let rows = vec![format!("({parameters})"); rows].join(",");
            format!(
                "INSERT OR FAIL INTO {table} ({columns}) SELECT * FROM (VALUES {rows}) WHERE column1 NOT NULL {on_conflict}"
            )
        };
        Self { statements: SIZES.map(statement) }
    }

    /// Inserts `rows` in their order; `bind` binds the parameters of one.
    ///
    /// # Errors
    /// Those of the database; some of the rows may have been inserted.
    pub async fn insert<'q, R>(
        &'q self,
        connection: &mut SqliteConnection,
        rows: &'q [R],
        bind: impl Fn(Binding<'q>, &'q R) -> Binding<'q>,
    ) -> Result<(), sqlx::Error> {
        for rows in rows.chunks(Self::LARGEST) {
            let query = rows.iter().fold(sqlx::query(self.with_room_for(rows.len())), &bind);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn with_room_for(&self, rows: usize) -> &str {
        let size = SIZES.partition_point(|size| *size < rows);
        &self.statements[size.min(SIZES.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _};

    use super::*;

    async fn inserted(rows: usize) -> Vec<(i64, Option<String>)> {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("memory");
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").await.expect("a table");
        let bulk = Bulk::new("t", "a, b", "ON CONFLICT (a) DO UPDATE SET b = excluded.b");
        let rows: Vec<_> = (1..=rows as i64).collect();
        let text = |row: i64| (row % 2 == 0).then(|| row.to_string());
        bulk.insert(&mut connection, &rows, |query, row| query.bind(row).bind(text(*row))).await.expect("inserted");
        sqlx::query_as("SELECT a, b FROM t ORDER BY a").fetch_all(&mut connection).await.expect("rows")
    }

    #[tokio::test]
    async fn as_many_rows_are_inserted_as_there_are_whatever_the_room() {
        for rows in [0, 1, 2, 4, 5, 16, 17, 63, 64, 65, 200] {
            let inserted = inserted(rows).await;
            assert_eq!(inserted.len(), rows);
            assert!(inserted.iter().all(|(a, b)| b.as_ref().is_none_or(|b| *b == a.to_string())));
        }
    }

    #[tokio::test]
    async fn of_two_rows_in_one_statement_the_later_wins() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("memory");
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").await.expect("a table");
        let bulk = Bulk::new("t", "a, b", "ON CONFLICT (a) DO UPDATE SET b = excluded.b");
        let rows = [(1, "first"), (2, "other"), (1, "second")];
        bulk.insert(&mut connection, &rows, |query, row| query.bind(row.0).bind(row.1)).await.expect("inserted");
        let kept: String =
            sqlx::query_scalar("SELECT b FROM t WHERE a = 1").fetch_one(&mut connection).await.expect("1");
        assert_eq!(kept, "second");
    }
}
