//! Reading what is between people.

use crate::adapters::read_models::tables::leads::LOOKED_AT;
use crate::adapters::read_models::tables::ties::apart;
use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{FriendshipId, RoomId, Timestamp, UserId};
use query_side::ports::{Friendships, Looked, Other, Part, Request, Requests};

use super::SqliteDirectory;
use super::search::{beginnings, rarest};
use super::values::{blob, list};
use crate::adapters::read_models::tables::row::{Columns as _, away};

/// Those friends with all words who are of these.
macro_rules! named {
    ($of:literal) => {
        concat!(
            "SELECT u.*, s.since FROM friendship_sides s JOIN users u ON u.id = s.other_id
            WHERE s.user_id = ?1 AND s.status = 'accepted' AND u.nickname IS NOT NULL AND ",
            $of,
            " AND NOT EXISTS (
                SELECT 1 FROM json_each(?3) b
                WHERE NOT EXISTS (
                  SELECT 1 FROM user_words x
                  WHERE x.user_id = s.other_id AND x.word >= b.value AND x.word < b.value || char(1114111)))
            ORDER BY s.other_id LIMIT ?4"
        )
    };
}

const FRIENDS: &str = "SELECT u.*, s.since FROM friendship_sides s JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ?1 AND s.other_id > ?2 AND s.status = 'accepted' AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?3";
/// Of those with a rare word. The sign keeps the planner from walking through all friends where it can look them up.
const NAMED_RARELY: &str = named!(
    "+s.other_id > ?2 AND s.other_id IN (SELECT x.user_id FROM user_words x WHERE x.word >= ?5 AND x.word < ?6)"
);
/// Of the friends up to one.
const NAMED_OFTEN: &str = named!("s.other_id > ?2 AND s.other_id <= ?5");
const BOUND: &str = "SELECT s.other_id FROM friendship_sides s
    WHERE s.user_id = ?1 AND s.other_id > ?2 AND s.status = 'accepted' ORDER BY s.other_id LIMIT 1 OFFSET ?3";
const BLOCKS: &str = "SELECT u.*, coalesce(s.blocked_at, s.since) AS since
    FROM friendship_sides s JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ?1 AND s.other_id > ?2 AND s.blocks AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?3";
const REQUESTS: &str = "SELECT u.*, f.id AS friendship_id, f.requester, f.addressee, f.status, f.message,
      f.created_at AS asked_first_at, f.updated_at AS changed_at
    FROM friendship_sides s JOIN friendships f ON f.id = s.friendship_id JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ?1 AND s.other_id > ?2 AND s.status = 'pending' AND s.is_requester = ?3
      AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?4";
const OTHERS: &str =
    "SELECT s.other_id FROM friendship_sides s WHERE s.user_id = ?1 AND s.other_id > ?2 ORDER BY s.other_id LIMIT ?3";
const BLOCKERS: &str = "SELECT t.user_id
    FROM friendship_sides s JOIN friendship_sides t ON t.user_id = s.other_id AND t.other_id = s.user_id
    WHERE s.user_id = ?1 AND t.blocks";
const APART: &str = concat!(
    apart!(),
    "WHERE s.user_id = ?1 AND s.other_id IN (SELECT unhex(value) FROM json_each(?2)) AND (s.blocks OR t.blocks)"
);
const PAIR: &str = "SELECT user_id FROM friendship_sides WHERE friendship_id = ?1";
const IS_BLOCKED_IN: &str = "SELECT EXISTS (
    SELECT 1 FROM rooms r JOIN room_members m ON m.room_id = r.id
      JOIN friendship_sides s ON s.user_id = m.user_id AND s.other_id = ?1
    WHERE r.id = ?2 AND r.room_type = 'direct' AND s.blocks)";

#[async_trait]
impl Friendships for SqliteDirectory {
    async fn friends(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable> {
        let query = sqlx::query(FRIENDS).bind(blob(user.0)).bind(after(part)).bind(part.limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::other).collect::<Result<_, _>>().map_err(away)
    }

    async fn friends_named(
        &self,
        user: UserId,
        words: &[String],
        part: Part,
    ) -> Result<Looked<Other, UserId>, Unavailable> {
        self.named(user, words, part).await.map_err(away)
    }

    async fn blocks(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable> {
        let query = sqlx::query(BLOCKS).bind(blob(user.0)).bind(after(part)).bind(part.limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::other).collect::<Result<_, _>>().map_err(away)
    }

    async fn requests(&self, user: UserId, which: Requests, part: Part) -> Result<Vec<Request>, Unavailable> {
        let is_requester = which == Requests::Sent;
        let query = sqlx::query(REQUESTS).bind(blob(user.0)).bind(after(part)).bind(is_requester).bind(part.limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::request).collect::<Result<_, _>>().map_err(away)
    }

    async fn others(&self, user: UserId, part: Part) -> Result<Vec<UserId>, Unavailable> {
        let query = sqlx::query(OTHERS).bind(blob(user.0)).bind(after(part)).bind(part.limit);
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.id("other_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn blockers(&self, user: UserId) -> Result<Vec<UserId>, Unavailable> {
        let rows = sqlx::query(BLOCKERS).bind(blob(user.0)).fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.id("user_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn apart(&self, user: UserId, others: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Unavailable> {
        let query = sqlx::query(APART).bind(blob(user.0)).bind(list(others.iter().map(|other| other.0)));
        let rows = query.fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(views::apart).collect::<Result<_, _>>().map_err(away)
    }

    async fn pair(&self, pair: FriendshipId) -> Result<Vec<UserId>, Unavailable> {
        let rows = sqlx::query(PAIR).bind(blob(pair.0)).fetch_all(&self.reader).await.map_err(away)?;
        rows.iter().map(|row| row.id("user_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn is_blocked_in(&self, user: UserId, room: RoomId) -> Result<bool, Unavailable> {
        let query = sqlx::query_scalar(IS_BLOCKED_IN).bind(blob(user.0)).bind(blob(room.0));
        query.fetch_one(&self.reader).await.map_err(away)
    }
}

impl SqliteDirectory {
    async fn named(&self, user: UserId, words: &[String], part: Part) -> Result<Looked<Other, UserId>, sqlx::Error> {
        let Some(lead) = rarest(&self.reader, words, None).await? else {
            return Ok(Looked { found: vec![], to: None });
        };
        let to = if lead.is_rare { None } else { self.bound(user, part).await? };
        let last = to.map_or(vec![u8::MAX; 16], |to: UserId| blob(to.0));
        let statement = if lead.is_rare { NAMED_RARELY } else { NAMED_OFTEN };
        let query =
            sqlx::query(statement).bind(blob(user.0)).bind(after(part)).bind(beginnings(words)).bind(part.limit);
        let rows = match lead.is_rare {
            true => query.bind(&lead.word).bind(lead.end()).fetch_all(&self.reader).await?,
            false => query.bind(last).fetch_all(&self.reader).await?,
        };
        Ok(Looked { found: rows.iter().map(views::other).collect::<Result<_, _>>()?, to })
    }

    /// Up to which friend is looked at once.
    async fn bound(&self, user: UserId, part: Part) -> Result<Option<UserId>, sqlx::Error> {
        let query = sqlx::query(BOUND).bind(blob(user.0)).bind(after(part)).bind(LOOKED_AT - 1);
        query.fetch_optional(&self.reader).await?.map(|row| row.id("other_id")).transpose()
    }
}

/// The id behind which a part begins; nothing stands before the empty one.
fn after(part: Part) -> Vec<u8> {
    part.after.map(|user| blob(user.0)).unwrap_or_default()
}
