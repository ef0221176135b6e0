//! Statements over many rows at once, in a few fixed sizes, so that each is prepared once a connection.

use sqlx::mysql::{MySql, MySqlArguments, MySqlConnection};
use sqlx::query::Query;

/// Rows a statement.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// A query whose parameters are being bound.
pub(super) type Binding<'q> = Query<'q, MySql, MySqlArguments>;

/// One statement over rows of bound values.
pub(super) struct Bulk([String; SIZES.len()]);

impl Bulk {
    /// Inserts rows into `table` (`t (a, b)`); `tail` is what stands behind (`ON DUPLICATE KEY UPDATE …`, or nothing).
    pub(super) fn insert(table: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(","));
        Self(SIZES.map(|size| format!("INSERT INTO {table} VALUES {} {tail}", vec![row.as_str(); size].join(","))))
    }

    /// Updates rows of `table`, as `t`, from rows of values, as `now`: `columns` (`CAST(? AS SIGNED) AS a, …`) names them.
    pub(super) fn update(table: &str, columns: &str, on: &str, set: &str) -> Self {
        let row = format!("SELECT {columns}");
        Self(SIZES.map(|size| {
            let rows = vec![row.as_str(); size].join(" UNION ALL ");
            format!("UPDATE {table} t JOIN ({rows}) now ON {on} SET {set}")
        }))
    }

    /// Runs the statement over `rows`, in their order; `bind` binds one row's values.
    pub(super) async fn run<'q, R>(
        &'q self,
        on: &mut MySqlConnection,
        mut rows: &'q [R],
        bind: impl Fn(Binding<'q>, &'q R) -> Binding<'q>,
    ) -> Result<(), sqlx::Error> {
        while !rows.is_empty() {
            let size = SIZES.iter().position(|size| *size <= rows.len()).unwrap_or(SIZES.len() - 1);
            let (chunk, rest) = rows.split_at(SIZES[size]);
            chunk.iter().fold(sqlx::query(&self.0[size]), &bind).execute(&mut *on).await?;
            rows = rest;
        }
        Ok(())
    }
}
