//! Reading what is between people.

use crate::adapters::read_models::tables::leads::LOOKED_AT;
use crate::adapters::read_models::tables::ties::apart;
use crate::adapters::read_models::tables::views;
use async_trait::async_trait;
use command_side::ports::Unavailable;
use domain::{FriendshipId, RoomId, Timestamp, UserId};
use query_side::ports::{Friendships, Looked, Other, Part, Request, Requests};
use uuid::Uuid;

use super::search::{beginnings, bind_beginnings};
use super::{Tables, away, bind_ids, marks};
use crate::adapters::read_models::tables::row::Columns as _;

const FRIENDS: &str = "SELECT u.*, s.since FROM friendship_sides s JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ? AND s.other_id > ? AND s.status = 'accepted' AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?";
const BOUND: &str = "SELECT s.other_id FROM friendship_sides s
    WHERE s.user_id = ? AND s.other_id > ? AND s.status = 'accepted' ORDER BY s.other_id LIMIT 1 OFFSET ?";
const BLOCKS: &str = "SELECT u.*, coalesce(s.blocked_at, s.since) AS since
    FROM friendship_sides s JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ? AND s.other_id > ? AND s.blocks AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?";
const REQUESTS: &str = "SELECT u.*, f.id AS friendship_id, f.requester, f.addressee, f.status, f.message,
      f.created_at AS asked_first_at, f.updated_at AS changed_at
    FROM friendship_sides s JOIN friendships f ON f.id = s.friendship_id JOIN users u ON u.id = s.other_id
    WHERE s.user_id = ? AND s.other_id > ? AND s.status = 'pending' AND s.is_requester = ?
      AND u.nickname IS NOT NULL
    ORDER BY s.other_id LIMIT ?";
const OTHERS: &str =
    "SELECT s.other_id FROM friendship_sides s WHERE s.user_id = ? AND s.other_id > ? ORDER BY s.other_id LIMIT ?";
const BLOCKERS: &str = "SELECT t.user_id
    FROM friendship_sides s JOIN friendship_sides t ON t.user_id = s.other_id AND t.other_id = s.user_id
    WHERE s.user_id = ? AND t.blocks";
const PAIR: &str = "SELECT user_id FROM friendship_sides WHERE friendship_id = ?";
const IS_BLOCKED_IN: &str = "SELECT 1
    FROM rooms r JOIN room_members m ON m.room_id = r.id
      JOIN friendship_sides s ON s.user_id = m.user_id AND s.other_id = ?
    WHERE r.id = ? AND r.room_type = 'direct' AND s.blocks LIMIT 1";

#[async_trait]
impl Friendships for Tables {
    async fn friends(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable> {
        let query = sqlx::query(FRIENDS).bind(bytes(user.0)).bind(after(part)).bind(part.limit);
        self.all(query).await?.iter().map(views::other).collect::<Result<_, _>>().map_err(away)
    }

    async fn friends_named(
        &self,
        user: UserId,
        words: &[String],
        part: Part,
    ) -> Result<Looked<Other, UserId>, Unavailable> {
        let Some(lead) = self.rarest(words, None).await? else { return Ok(Looked { found: vec![], to: None }) };
        let to = if lead.is_rare { None } else { self.bound_of_friends(user, part).await? };
        // Of those with a rare word the friends, or of the friends up to one those with the words.
        let which = match lead.is_rare {
            true => "s.other_id IN (SELECT w.user_id FROM user_words w WHERE w.word >= ? AND w.word < ?)",
            false => "s.other_id <= ?",
        };
        let query = format!(
            "SELECT u.*, s.since FROM friendship_sides s JOIN users u ON u.id = s.other_id
            WHERE s.user_id = ? AND s.other_id > ? AND s.status = 'accepted' AND u.nickname IS NOT NULL AND {which} {}
            ORDER BY s.other_id LIMIT ?",
            beginnings("s.other_id", words.len())
        );
        let query = sqlx::query(&query).bind(bytes(user.0)).bind(after(part));
        let query = match lead.is_rare {
            true => query.bind(&lead.word).bind(lead.end()),
            false => query.bind(to.map_or(vec![u8::MAX; 16], |to| bytes(to.0))),
        };
        let rows = self.all(bind_beginnings(query, words).bind(part.limit)).await?;
        Ok(Looked { found: rows.iter().map(views::other).collect::<Result<_, _>>().map_err(away)?, to })
    }

    async fn blocks(&self, user: UserId, part: Part) -> Result<Vec<Other>, Unavailable> {
        let query = sqlx::query(BLOCKS).bind(bytes(user.0)).bind(after(part)).bind(part.limit);
        self.all(query).await?.iter().map(views::other).collect::<Result<_, _>>().map_err(away)
    }

    async fn requests(&self, user: UserId, which: Requests, part: Part) -> Result<Vec<Request>, Unavailable> {
        let is_requester = which == Requests::Sent;
        let query = sqlx::query(REQUESTS).bind(bytes(user.0)).bind(after(part)).bind(is_requester).bind(part.limit);
        self.all(query).await?.iter().map(views::request).collect::<Result<_, _>>().map_err(away)
    }

    async fn others(&self, user: UserId, part: Part) -> Result<Vec<UserId>, Unavailable> {
        let query = sqlx::query(OTHERS).bind(bytes(user.0)).bind(after(part)).bind(part.limit);
        self.all(query).await?.iter().map(|row| row.id("other_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn blockers(&self, user: UserId) -> Result<Vec<UserId>, Unavailable> {
        let rows = self.all(sqlx::query(BLOCKERS).bind(bytes(user.0))).await?;
        rows.iter().map(|row| row.id("user_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn apart(&self, user: UserId, others: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Unavailable> {
        let query = format!(
            concat!(apart!(), "WHERE s.user_id = ? AND s.other_id IN ({}) AND (s.blocks OR t.blocks)"),
            marks(others.len())
        );
        let others: Vec<_> = others.iter().map(|other| other.0).collect();
        let rows = self.all(bind_ids(sqlx::query(&query).bind(bytes(user.0)), &others)).await?;
        rows.iter().map(views::apart).collect::<Result<_, _>>().map_err(away)
    }

    async fn pair(&self, pair: FriendshipId) -> Result<Vec<UserId>, Unavailable> {
        let rows = self.all(sqlx::query(PAIR).bind(bytes(pair.0))).await?;
        rows.iter().map(|row| row.id("user_id")).collect::<Result<_, _>>().map_err(away)
    }

    async fn is_blocked_in(&self, user: UserId, room: RoomId) -> Result<bool, Unavailable> {
        let query = sqlx::query(IS_BLOCKED_IN).bind(bytes(user.0)).bind(bytes(room.0));
        Ok(!self.all(query).await?.is_empty())
    }
}

impl Tables {
    /// Up to which friend is looked at once.
    async fn bound_of_friends(&self, user: UserId, part: Part) -> Result<Option<UserId>, Unavailable> {
        let query = sqlx::query(BOUND).bind(bytes(user.0)).bind(after(part)).bind(LOOKED_AT - 1);
        self.all(query).await?.first().map(|row| row.id("other_id")).transpose().map_err(away)
    }
}

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// The id behind which a part begins; nothing stands before the empty one.
fn after(part: Part) -> Vec<u8> {
    part.after.map(|user| bytes(user.0)).unwrap_or_default()
}
