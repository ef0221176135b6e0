//! A batch as the arrays that the function in the database takes: a column each, and what belongs to an item names it by number.

use std::collections::HashMap;

use command_side::ports::{Claim, Credential, Digest, Item, KeyUse};
use domain::stored::NewEvent;
use domain::{StreamId, UserId, Version};
use uuid::Uuid;

use super::super::history::number;
use super::super::{Statement, rows};
use crate::adapters::metadata;

/// `append_events` of the migrations, with its 33 parameters.
const CALL: &str = "SELECT * FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
    $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)";

/// What belongs to items, in their order, each with the number of its item.
struct Parts<T> {
    items: Vec<i32>,
    parts: Vec<T>,
}

impl<T> Parts<T> {
    const fn new() -> Self {
        Self { items: vec![], parts: vec![] }
    }

    fn add(&mut self, item: i32, part: T) {
        self.items.push(item);
        self.parts.push(part);
    }

    fn column<'s, C>(&'s self, column: impl Fn(&'s T) -> C) -> Vec<C> {
        self.parts.iter().map(column).collect()
    }

    /// The one with this number, from 1 on.
    fn get(&self, number: i32) -> Option<&T> {
        self.parts.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

/// All of a batch.
pub(super) struct Batch<'a> {
    streams: Numbered<StreamId>,
    /// Of each item its stream, the version that it was decided at, and how many events it has.
    items: Vec<(i32, i64, i32)>,
    /// Each with its place in its item, from 1 on.
    events: Parts<(i32, &'a NewEvent)>,
    guards: Parts<(i32, Version)>,
    claims: Parts<&'a Claim>,
    credentials: Parts<&'a Credential>,
    /// Each with the number of its stream.
    keys: Parts<(i32, &'a KeyUse)>,
    /// For each key the first that is the same.
    same: Vec<i32>,
}

impl<'a> Batch<'a> {
    pub(super) fn of(items: &'a [Item]) -> Self {
        let mut batch = Self {
            streams: Numbered::new(),
            items: Vec::with_capacity(items.len()),
            events: Parts::new(),
            guards: Parts::new(),
            claims: Parts::new(),
            credentials: Parts::new(),
            keys: Parts::new(),
            same: vec![],
        };
        let mut first_keys = HashMap::new();
        for (number, item) in (1..).zip(items) {
            batch.add(number, item, &mut first_keys);
        }
        batch
    }

    fn add(&mut self, item_number: i32, item: &'a Item, first_keys: &mut HashMap<(UserId, Digest), i32>) {
        let stream = item.stream.map_or(0, |stream| self.streams.number(stream));
        // Events of no stream are none.
        let events = if item.stream.is_some() { &item.events[..] } else { &[] };
        self.items.push((stream, number(item.expected), count(events)));
        for (nth, event) in (1..).zip(events) {
            self.events.add(item_number, (nth, event));
        }
        for (stream, judged) in &item.guards {
            let stream = self.streams.number(*stream);
            self.guards.add(item_number, (stream, *judged));
        }
        item.claims.iter().for_each(|claim| self.claims.add(item_number, claim));
        item.credentials.iter().for_each(|credential| self.credentials.add(item_number, credential));
        for key in &item.keys {
            let stream = self.streams.number(key.stream);
            self.keys.add(item_number, (stream, key));
            let this = count(&self.keys.items);
            self.same.push(*first_keys.entry((key.user, key.key)).or_insert(this));
        }
    }

    pub(super) fn stream(&self, number: i32) -> Option<StreamId> {
        self.streams.all.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
    }

    pub(super) fn key(&self, number: i32) -> Option<&'a KeyUse> {
        self.keys.get(number).map(|(_, key)| *key)
    }

    pub(super) fn claim(&self, number: i32) -> Option<&'a Claim> {
        self.claims.get(number).copied()
    }

    /// The call.
    pub(super) fn call(&self) -> Statement<'_> {
        let call = sqlx::query(CALL);
        let call = call.bind(self.streams.column(|stream| stream.kind.as_str()));
        let call = call.bind(self.streams.column(|stream| rows::id_text(*stream)));
        let call = call.bind(self.items.iter().map(|item| item.0).collect::<Vec<_>>());
        let call = call.bind(self.items.iter().map(|item| item.1).collect::<Vec<_>>());
        let call = call.bind(self.items.iter().map(|item| item.2).collect::<Vec<_>>());
        self.bind_keys(self.bind_others(self.bind_events(call)))
    }

    fn bind_events<'q>(&'q self, call: Statement<'q>) -> Statement<'q> {
        let Self { events, .. } = self;
        let call = call.bind(&events.items).bind(events.column(|(nth, _)| *nth));
        let call = call.bind(events.column(|(_, event)| event.raw.event_type.as_str()));
        let call = call.bind(events.column(|(_, event)| event.raw.schema_version.to_string()));
        let call = call.bind(events.column(|(_, event)| event.raw.json.as_str()));
        let call = call.bind(events.column(|(_, event)| metadata::write(&event.actor)));
        let call = call.bind(events.column(|(_, event)| event.raw.subject));
        let call = call.bind(events.column(|(_, event)| event.event_id.0));
        call.bind(events.column(|(_, event)| &event.raw.hash.0[..]))
    }

    fn bind_others<'q>(&'q self, call: Statement<'q>) -> Statement<'q> {
        let Self { guards, claims, credentials, .. } = self;
        let call = call.bind(&guards.items).bind(guards.column(|(stream, _)| *stream));
        let call = call.bind(guards.column(|(_, judged)| number(*judged)));
        let call = call.bind(&claims.items).bind(claims.column(|claim| claim.kind.as_str()));
        let call = call.bind(claims.column(|claim| &claim.digest[..])).bind(claims.column(|claim| claim.owner.0));
        let call = call.bind(&credentials.items).bind(credentials.column(|credential| credential.user.0));
        call.bind(credentials.column(|credential| credential.password_hash.as_str()))
    }

    fn bind_keys<'q>(&'q self, call: Statement<'q>) -> Statement<'q> {
        let Self { keys, .. } = self;
        let call = call.bind(&keys.items).bind(&self.same);
        let call = call.bind(keys.column(|(_, key)| -> Uuid { key.user.0 }));
        let call = call.bind(keys.column(|(_, key)| &key.key[..])).bind(keys.column(|(_, key)| &key.request[..]));
        let call = call.bind(keys.column(|(stream, _)| *stream)).bind(keys.column(|(_, key)| number(key.version)));
        let call = call.bind(keys.column(|(_, key)| i16::try_from(key.status).unwrap_or(i16::MAX)));
        call.bind(keys.column(|(_, key)| key.changed))
    }
}

/// Things, each once, with a number from 1 on.
struct Numbered<T> {
    all: Vec<T>,
    numbers: HashMap<T, i32>,
}

impl<T: Copy + Eq + std::hash::Hash> Numbered<T> {
    fn new() -> Self {
        Self { all: vec![], numbers: HashMap::new() }
    }

    fn number(&mut self, one: T) -> i32 {
        let all = &mut self.all;
        *self.numbers.entry(one).or_insert_with(|| {
            all.push(one);
            count(all)
        })
    }

    fn column<'s, C>(&'s self, column: impl Fn(&'s T) -> C) -> Vec<C> {
        self.all.iter().map(column).collect()
    }
}

fn count<T>(all: &[T]) -> i32 {
    i32::try_from(all.len()).unwrap_or(i32::MAX)
}
