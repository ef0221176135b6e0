//! `users`, `friendships` and `chat_rooms` on MySQL, whatever widths their columns have. Times are UTC without saying so.

use std::collections::VecDeque;
use std::str::FromStr as _;
use std::time::Duration;

use command_side::ports::{OlderFriendship, OlderRoom, OlderSince, OlderUser, Unavailable};
use domain::Timestamp;
use futures::stream::{BoxStream, StreamExt as _, try_unfold};
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlRow};
use sqlx::{ConnectOptions as _, Error, Row as _};

use crate::adapters::accounts::is_bcrypt;

/// Rows that are read at once.
const PAGE: i64 = 1000;
const PATIENCE: Duration = Duration::from_secs(5);

/// Milliseconds since 1970 of a column; the zone of the session does not count.
macro_rules! millis {
    ($column:literal) => {
        concat!("CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ", $column, ") DIV 1000 AS SIGNED)")
    };
}

/// People and what is between them.
pub(super) struct OlderPeople(MySqlPool);

/// Behind which row a page begins.
type After = (i64, i64);

impl OlderPeople {
    pub(super) async fn connect(url: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let options = MySqlConnectOptions::from_str(url)?.charset("utf8mb4").disable_statement_logging();
        if options.get_database().is_none_or(str::is_empty) {
            return Err("--mysql must name a database: mysql://HOST/NAME".into());
        }
        let pool = MySqlPoolOptions::new().max_connections(2).acquire_timeout(PATIENCE).connect_with(options).await;
        Ok(Self(pool.map_err(|error| format!("--mysql: {error}"))?))
    }

    pub(super) async fn since(&self) -> Result<Vec<OlderSince>, Unavailable> {
        let query =
            concat!("SELECT CAST(id AS SIGNED), ", millis!("created_at"), ", ", millis!("updated_at"), " FROM users");
        let since = |row: &MySqlRow| {
            Ok(OlderSince { id: number(row, 0)?, created_at: moment(row, 1)?, updated_at: moment(row, 2)? })
        };
        self.all(query, since).await
    }

    pub(super) async fn friendships(&self) -> Result<Vec<OlderFriendship>, Unavailable> {
        let query = concat!(
            "SELECT CAST(id AS SIGNED), CAST(user_id_1 AS SIGNED), CAST(user_id_2 AS SIGNED), CAST(status AS CHAR), ",
            millis!("created_at"),
            ", ",
            millis!("updated_at"),
            ", ",
            millis!("deleted_at"),
            " FROM friendships ORDER BY id"
        );
        self.all(query, friendship).await
    }

    pub(super) async fn rooms(&self) -> Result<Vec<OlderRoom>, Unavailable> {
        let query = concat!(
            "SELECT CAST(id AS SIGNED), CAST(user_1_id AS SIGNED), CAST(user_2_id AS SIGNED), ",
            millis!("created_at"),
            " FROM chat_rooms ORDER BY id"
        );
        let room = |row: &MySqlRow| {
            let users = [number(row, 1)?, number(row, 2)?];
            Ok(OlderRoom { id: number(row, 0)?, users, created_at: moment(row, 3)? })
        };
        self.all(query, room).await
    }

    /// Page by page: a cursor would be closed by a server that waits for long.
    pub(super) fn users(&self, now: Timestamp) -> BoxStream<'_, Result<OlderUser, Unavailable>> {
        let begin = (VecDeque::new(), (i64::MIN, i64::MIN), now);
        try_unfold(begin, async move |(mut page, mut after, now)| {
            if page.is_empty() {
                page = self.page(after, now).await?.into();
            }
            let Some((place, user)) = page.pop_front() else { return Ok(None) };
            after = place;
            Ok(Some((user, (page, after, now))))
        })
        .boxed()
    }

    /// Who is said to come yet stands where those stand of whom nothing is said.
    async fn page(&self, (at, id): After, now: Timestamp) -> Result<Vec<(After, OlderUser)>, Unavailable> {
        let query = concat!(
            "SELECT * FROM (SELECT CAST(id AS SIGNED) AS nr, CASE WHEN ",
            millis!("created_at"),
            " <= ? THEN ",
            millis!("created_at"),
            " ELSE 0 END AS since, CAST(email AS CHAR), CAST(password_hash AS CHAR), CAST(username AS CHAR),
            CAST(display_name AS CHAR), CAST(status_message AS CHAR), CAST(coalesce(is_active, 1) AS SIGNED), ",
            millis!("created_at"),
            " AS told FROM users) AS people
            WHERE since > ? OR (since = ? AND nr > ?) ORDER BY since, nr LIMIT ?"
        );
        let page = sqlx::query(query).bind(now.0).bind(at).bind(at).bind(id).bind(PAGE);
        let rows = page.fetch_all(&self.0).await.map_err(away)?;
        rows.iter().map(user).collect::<Result<_, _>>().map_err(away)
    }

    async fn all<T>(&self, query: &str, read: impl Fn(&MySqlRow) -> Result<T, Error>) -> Result<Vec<T>, Unavailable> {
        let rows = sqlx::query(query).fetch_all(&self.0).await.map_err(away)?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(away)
    }
}

fn user(row: &MySqlRow) -> Result<(After, OlderUser), Error> {
    let place = (row.try_get(1)?, row.try_get(0)?);
    let user = OlderUser {
        id: number(row, 0)?,
        created_at: moment(row, 8)?,
        email: row.try_get::<Option<String>, _>(2)?.unwrap_or_default(),
        password_hash: row.try_get::<Option<String>, _>(3)?.filter(|hash| is_bcrypt(hash)),
        username: row.try_get(4)?,
        display_name: row.try_get(5)?,
        status_message: row.try_get(6)?,
        is_active: row.try_get::<i64, _>(7)? != 0,
    };
    Ok((place, user))
}

fn friendship(row: &MySqlRow) -> Result<OlderFriendship, Error> {
    Ok(OlderFriendship {
        id: number(row, 0)?,
        requester: number(row, 1)?,
        addressee: number(row, 2)?,
        is_accepted: row.try_get::<String, _>(3)?.eq_ignore_ascii_case("accepted"),
        created_at: moment(row, 4)?,
        updated_at: moment(row, 5)?,
        deleted_at: moment(row, 6)?,
    })
}

fn moment(row: &MySqlRow, column: usize) -> Result<Option<Timestamp>, Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp))
}

fn number(row: &MySqlRow, column: usize) -> Result<u64, Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.and_then(|number| number.try_into().ok()).unwrap_or(0))
}

fn away(error: Error) -> Unavailable {
    Unavailable(format!("--mysql: {error}"))
}
