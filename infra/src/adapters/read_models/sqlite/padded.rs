//! Statements over many rows at once, in a few fixed sizes, so that each is prepared once and then reused.
//!
//! What is left over goes into the next larger size, filled up with rows of NULL, which change nothing: a statement more
//! costs more than some empty rows.

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

/// Rows a statement; the largest stays far below SQLite's 32,766 parameters.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// A query whose parameters are being bound.
pub(super) type Binding<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// One statement over rows of bound values, the first of which is never NULL.
pub(super) struct Padded {
    statements: [String; SIZES.len()],
}

impl Padded {
    /// Inserts into `table` (`t (a, b)`); `tail` is what stands behind (`ON CONFLICT …`, or nothing).
    pub(super) fn insert(table: &str, columns: usize, tail: &str) -> Self {
        let head = format!("INSERT INTO {table} SELECT * FROM (VALUES");
        Self::new(&head, columns, &format!(") WHERE column1 IS NOT NULL {tail}"))
    }

    /// A statement that has the rows as `now` with the columns `names` (`a, b`) and compares the first with `=`.
    pub(super) fn with(names: &str, statement: &str) -> Self {
        Self::new(&format!("WITH now({names}) AS (VALUES"), names.split(',').count(), &format!(") {statement}"))
    }

    fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        let statements = SIZES.map(|size| format!("{head} {} {tail}", vec![row.as_str(); size].join(",")));
        Self { statements }
    }

    /// Runs the statement over `rows`, in their order; `bind` binds one row's values.
    pub(super) async fn run<'q, R>(
        &'q self,
        on: &mut SqliteConnection,
        mut rows: &'q [R],
        bind: impl Fn(Binding<'q>, &'q R) -> Binding<'q>,
    ) -> Result<(), sqlx::Error> {
        while !rows.is_empty() {
            let size = SIZES.iter().position(|size| fits(rows.len(), *size)).unwrap_or(SIZES.len() - 1);
            let (chunk, rest) = rows.split_at(rows.len().min(SIZES[size]));
            // What is not bound is NULL.
            chunk.iter().fold(sqlx::query(&self.statements[size]), &bind).execute(&mut *on).await?;
            rows = rest;
        }
        Ok(())
    }
}

/// Whether a statement of this size would be at least half full.
const fn fits(rows: usize, size: usize) -> bool {
    2 * rows >= size
}
