//! Multi-row inserts in a few fixed sizes, so that each size's statement is prepared once and then reused.

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

/// Rows a statement; the largest fits SQLite's 32,766 parameters with room to spare.
const SIZES: [usize; 3] = [64, 8, 1];

/// A query whose parameters are being bound.
pub type Binding<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// An insert of many rows into one table.
pub struct Bulk {
    statements: [String; SIZES.len()],
}

impl Bulk {
    /// `head` is everything before the rows (`INSERT INTO t (a, b) VALUES`), `tail` everything behind them
    /// (`ON CONFLICT …`, or nothing).
    #[must_use]
    pub fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let statements = SIZES.map(|size| format!("{head} {} {tail}", vec![row.as_str(); size].join(",")));
        Self { statements }
    }

    /// Inserts `rows`, in their order; `bind` binds one row's parameters.
    ///
    /// # Errors
    /// Those of the database; some of the rows may have been inserted.
    pub async fn insert<'q, R>(
        &'q self,
        connection: &mut SqliteConnection,
        mut rows: &'q [R],
        bind: impl Fn(Binding<'q>, &'q R) -> Binding<'q>,
    ) -> Result<(), sqlx::Error> {
        for (size, statement) in SIZES.iter().zip(&self.statements) {
            while rows.len() >= *size {
                let (chunk, rest) = rows.split_at(*size);
                let query = chunk.iter().fold(sqlx::query(statement), &bind);
                query.execute(&mut *connection).await?;
                rows = rest;
            }
        }
        Ok(())
    }
}
