//! What the items of a batch are checked against: the store, and the items before them in the batch.

use std::collections::{HashMap, HashSet};

use command_side::ports::{Claim, ClaimKind, Conflict, Digest, Item};
use domain::hash::Hash;
use domain::{Position, StreamId, UserId, Version};
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Error, Row as _};
use uuid::Uuid;

/// Versions, claims and keys as they are after the items so far.
#[derive(Default)]
pub(super) struct Ledger {
    /// The newest position.
    pub(super) head: Position,
    /// When it was recorded, in milliseconds: time never goes back in the log.
    pub(super) last_time: i64,
    pub(super) versions: HashMap<StreamId, Version>,
    owners: HashMap<(ClaimKind, Digest), UserId>,
    /// What each owner holds, to be let go when they claim something else.
    held: HashMap<(ClaimKind, UserId), Digest>,
    used: HashSet<(UserId, Digest)>,
}

impl Ledger {
    /// One that is known without asking; without claims and keys.
    pub(super) fn of(head: Position, last_time: i64, versions: HashMap<StreamId, Version>) -> Self {
        Self { head, last_time, versions, ..Self::default() }
    }

    /// Begins a transaction and reads all that `batch` will be checked against, in one go: each statement of its own would
    /// cost two changes of thread.
    pub(super) async fn begin(on: &mut SqliteConnection, batch: &[Item]) -> Result<Self, Error> {
        let asked = Asked::of(batch);
        let query = sqlx::query(include_str!("ledger.sql"));
        let row = query.bind(asked.streams_text()).bind(asked.claims_text()).bind(asked.keys_text()).fetch_one(on);
        Self::read(&asked, &row.await?)
    }

    fn read(asked: &Asked, row: &SqliteRow) -> Result<Self, Error> {
        let mut ledger = Self {
            head: row.try_get::<Option<i64>, _>(0)?.unwrap_or(0).cast_unsigned(),
            last_time: row.try_get::<Option<i64>, _>(1)?.unwrap_or(0),
            ..Self::default()
        };
        let versions: Vec<Option<Version>> = listed(row, 2)?;
        let known = asked.streams.iter().zip(versions);
        ledger.versions.extend(known.map(|(stream, version)| (*stream, version.unwrap_or(0))));
        for (asked, answer) in asked.claims.iter().zip(listed::<(Option<String>, Option<String>)>(row, 3)?) {
            ledger.take_claim(*asked, answer)?;
        }
        let used = asked.keys.iter().zip(listed::<u8>(row, 4)?).filter(|(_, used)| *used != 0);
        ledger.used.extend(used.map(|(key, _)| *key));
        Ok(ledger)
    }

    fn take_claim(
        &mut self,
        (kind, digest, owner): (ClaimKind, Digest, UserId),
        (holder, held): (Option<String>, Option<String>),
    ) -> Result<(), Error> {
        if let Some(holder) = holder {
            self.owners.insert((kind, digest), UserId(Uuid::parse_str(&holder).map_err(damaged)?));
        }
        if let Some(held) = held {
            let held = Hash::parse(&held).ok_or_else(|| damaged("a claim is not 32 bytes"))?;
            self.held.insert((kind, owner), held.0);
        }
        Ok(())
    }

    /// Why `item` can not be appended. A used key comes first: who sends twice shall get the first answer, not a conflict with it.
    pub(super) fn check(&self, item: &Item) -> Result<(), Conflict> {
        let version = |stream: &StreamId| self.versions.get(stream).copied().unwrap_or(0);
        if let Some(key) = item.keys.iter().find(|key| self.used.contains(&(key.user, key.key))) {
            return Err(Conflict::Key(key.user, key.key));
        }
        if item.stream.is_some_and(|stream| version(&stream) != item.expected) {
            return Err(Conflict::Version);
        }
        if let Some((stream, _)) = item.guards.iter().find(|(stream, judged)| version(stream) != *judged) {
            return Err(Conflict::Guard(*stream));
        }
        let taken = |claim: &&Claim| self.owner(claim).is_some_and(|owner| owner != claim.owner);
        match item.claims.iter().find(taken) {
            Some(claim) => Err(Conflict::Claim(claim.kind, claim.digest)),
            None => Ok(()),
        }
    }

    fn owner(&self, claim: &Claim) -> Option<UserId> {
        self.owners.get(&(claim.kind, claim.digest)).copied()
    }

    /// Moves on by an item that was checked and has events.
    pub(super) fn take_in(&mut self, item: &Item) {
        self.head += item.events.len() as Position;
        if let Some(stream) = item.stream {
            self.versions.insert(stream, item.expected + item.events.len() as Version);
        }
        self.used.extend(item.keys.iter().map(|key| (key.user, key.key)));
    }

    /// Takes what `claim` stands for, letting the owner's earlier one go; whether that changes anything.
    pub(super) fn claim(&mut self, claim: &Claim) -> bool {
        let is_held = self.owner(claim) == Some(claim.owner);
        if let Some(earlier) = self.held.insert((claim.kind, claim.owner), claim.digest) {
            self.owners.remove(&(claim.kind, earlier));
        }
        self.owners.insert((claim.kind, claim.digest), claim.owner);
        !is_held
    }
}

/// A column that holds a JSON array.
fn listed<T: DeserializeOwned>(row: &SqliteRow, column: usize) -> Result<Vec<T>, Error> {
    serde_json::from_str(row.try_get(column)?).map_err(damaged)
}

fn damaged(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Decode(why.into())
}

/// What a batch names, each once.
struct Asked {
    streams: Vec<StreamId>,
    claims: Vec<(ClaimKind, Digest, UserId)>,
    keys: Vec<(UserId, Digest)>,
}

impl Asked {
    fn of(batch: &[Item]) -> Self {
        let streams =
            batch.iter().flat_map(|item| item.stream.iter().chain(item.guards.iter().map(|(stream, _)| stream)));
        let claims = batch.iter().flat_map(|item| &item.claims).map(|claim| (claim.kind, claim.digest, claim.owner));
        let keys = batch.iter().flat_map(|item| &item.keys).map(|key| (key.user, key.key));
        Self { streams: each_once(streams.copied()), claims: each_once(claims), keys: each_once(keys) }
    }

    // Texts of fixed width in an array: cheaper to take apart than objects, and one statement whatever the batch.

    fn streams_text(&self) -> String {
        array(&self.streams, |text, stream| {
            text.push_str(stream.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
            text.push_str(stream.kind.as_str());
        })
    }

    fn claims_text(&self) -> String {
        array(&self.claims, |text, (kind, digest, owner)| {
            text.push_str(owner.0.simple().encode_lower(&mut Uuid::encode_buffer()));
            hex(text, digest);
            text.push_str(kind.as_str());
        })
    }

    fn keys_text(&self) -> String {
        array(&self.keys, |text, (user, key)| {
            text.push_str(user.0.simple().encode_lower(&mut Uuid::encode_buffer()));
            hex(text, key);
        })
    }
}

fn each_once<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A JSON array of texts in which nothing must be escaped.
fn array<T>(all: &[T], write: impl Fn(&mut String, &T)) -> String {
    let mut text = String::with_capacity(2 + 128 * all.len());
    text.push('[');
    for (index, one) in all.iter().enumerate() {
        text.push_str(if index == 0 { "\"" } else { ",\"" });
        write(&mut text, one);
        text.push('"');
    }
    text.push(']');
    text
}

fn hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::event_store::tests::{claim, person};

    #[test]
    fn who_claims_something_else_lets_the_earlier_claim_go_for_the_next_in_the_batch() {
        let mut ledger = Ledger::default();
        assert!(ledger.claim(&claim(b'x', person(1))));
        assert!(ledger.claim(&claim(b'y', person(1))));
        let item = |claim| Item { claims: vec![claim], ..Item::default() };
        assert_eq!(ledger.check(&item(claim(b'x', person(2)))), Ok(()));
        let taken = ledger.check(&item(claim(b'y', person(2))));
        assert_eq!(taken, Err(Conflict::Claim(ClaimKind::Username, [b'y'; 32])));
    }

    #[test]
    fn claiming_what_one_holds_changes_nothing() {
        let mut ledger = Ledger::default();
        assert!(ledger.claim(&claim(b'x', person(1))));
        assert!(!ledger.claim(&claim(b'x', person(1))));
        assert_eq!(ledger.check(&Item { claims: vec![claim(b'x', person(1))], ..Item::default() }), Ok(()));
    }

    #[test]
    fn bytes_are_written_as_two_digits_each() {
        let mut text = String::new();
        hex(&mut text, &[0, 0xa9, 0xff]);
        assert_eq!(text, "00a9ff");
    }
}
