//! A batch as the arrays that the function in the database takes.

use command_side::ports::Item;
use domain::{StreamId, Version};
use uuid::Uuid;

use super::super::{Statement, rows};
use crate::adapters::metadata;

/// `append_events` of the migrations, with its 31 parameters.
const CALL: &str =
    "SELECT * FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)";

/// Streams, column by column.
#[derive(Default)]
struct Streams {
    kinds: Vec<Option<&'static str>>,
    ids: Vec<Option<String>>,
}

impl Streams {
    fn push(&mut self, stream: Option<StreamId>) {
        self.kinds.push(stream.map(|stream| stream.kind.as_str()));
        self.ids.push(stream.map(rows::id_text));
    }
}

#[derive(Default)]
struct Events<'a> {
    types: Vec<&'a str>,
    versions: Vec<String>,
    payloads: Vec<&'a str>,
    metadata: Vec<String>,
    subjects: Vec<Uuid>,
    ids: Vec<Uuid>,
    hashes: Vec<&'a [u8]>,
}

#[derive(Default)]
struct Claims<'a> {
    items: Vec<i32>,
    kinds: Vec<&'static str>,
    digests: Vec<&'a [u8]>,
    owners: Vec<Uuid>,
}

#[derive(Default)]
struct Keys<'a> {
    items: Vec<i32>,
    users: Vec<Uuid>,
    keys: Vec<&'a [u8]>,
    requests: Vec<&'a [u8]>,
    streams: Streams,
    versions: Vec<i64>,
    statuses: Vec<i16>,
    changed: Vec<bool>,
}

/// All of a batch.
#[derive(Default)]
pub(super) struct Columns<'a> {
    streams: Streams,
    expected: Vec<i64>,
    counts: Vec<i32>,
    events: Events<'a>,
    guard_items: Vec<i32>,
    guards: Streams,
    guard_versions: Vec<i64>,
    claims: Claims<'a>,
    credential_items: Vec<i32>,
    credential_users: Vec<Uuid>,
    credential_hashes: Vec<&'a str>,
    keys: Keys<'a>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(batch: &'a [Item]) -> Self {
        let mut columns = Self::default();
        for (number, item) in (1..).zip(batch) {
            columns.push(number, item);
        }
        columns
    }

    fn push(&mut self, number: i32, item: &'a Item) {
        self.streams.push(item.stream);
        self.expected.push(version(item.expected));
        self.counts.push(i32::try_from(item.events.len()).unwrap_or(i32::MAX));
        for event in &item.events {
            self.events.types.push(&event.raw.event_type);
            self.events.versions.push(event.raw.schema_version.to_string());
            self.events.payloads.push(&event.raw.json);
            self.events.metadata.push(metadata::write(&event.actor));
            self.events.subjects.push(event.raw.subject);
            self.events.ids.push(event.event_id.0);
            self.events.hashes.push(&event.raw.hash.0);
        }
        for (stream, judged) in &item.guards {
            self.guard_items.push(number);
            self.guards.push(Some(*stream));
            self.guard_versions.push(version(*judged));
        }
        for claim in &item.claims {
            self.claims.items.push(number);
            self.claims.kinds.push(claim.kind.as_str());
            self.claims.digests.push(&claim.digest);
            self.claims.owners.push(claim.owner.0);
        }
        for credential in &item.credentials {
            self.credential_items.push(number);
            self.credential_users.push(credential.user.0);
            self.credential_hashes.push(&credential.password_hash);
        }
        for key in &item.keys {
            self.keys.items.push(number);
            self.keys.users.push(key.user.0);
            self.keys.keys.push(&key.key);
            self.keys.requests.push(&key.request);
            self.keys.streams.push(Some(key.stream));
            self.keys.versions.push(version(key.version));
            self.keys.statuses.push(i16::try_from(key.status).unwrap_or(i16::MAX));
            self.keys.changed.push(key.changed);
        }
    }

    /// The call, in the order of the function's parameters.
    pub(super) fn bind(&self) -> Statement<'_> {
        let Self { events, claims, keys, .. } = self;
        let call =
            sqlx::query(CALL).bind(&self.streams.kinds).bind(&self.streams.ids).bind(&self.expected).bind(&self.counts);
        let call = call.bind(&events.types).bind(&events.versions).bind(&events.payloads).bind(&events.metadata);
        let call = call.bind(&events.subjects).bind(&events.ids).bind(&events.hashes);
        let call =
            call.bind(&self.guard_items).bind(&self.guards.kinds).bind(&self.guards.ids).bind(&self.guard_versions);
        let call = call.bind(&claims.items).bind(&claims.kinds).bind(&claims.digests).bind(&claims.owners);
        let call = call.bind(&self.credential_items).bind(&self.credential_users).bind(&self.credential_hashes);
        let call = call.bind(&keys.items).bind(&keys.users).bind(&keys.keys).bind(&keys.requests);
        let call = call.bind(&keys.streams.kinds).bind(&keys.streams.ids).bind(&keys.versions);
        call.bind(&keys.statuses).bind(&keys.changed)
    }
}

fn version(version: Version) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
