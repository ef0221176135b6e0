//! What a batch comes to, before anything of it is written.

use command_side::ports::{Appended, Claim, Conflict, Credential, Item, KeyUse};
use domain::stored::{NewEvent, Raw};
use domain::{Envelope, Position, StreamId, Timestamp, Version};

use super::ledger::Ledger;

/// An event and where it comes to stand.
pub(super) struct Placed<'a> {
    pub(super) position: Position,
    pub(super) stream: StreamId,
    pub(super) version: Version,
    pub(super) recorded_at: Timestamp,
    pub(super) event: &'a NewEvent,
}

impl Placed<'_> {
    /// As it will be read.
    pub(super) fn envelope(&self) -> Envelope<Raw> {
        Envelope {
            position: self.position,
            stream: self.stream,
            version: self.version,
            event_id: self.event.event_id,
            recorded_at: self.recorded_at,
            actor: self.event.actor.clone(),
            payload: self.event.raw.clone(),
        }
    }
}

/// The answers, and what is to be written of the items that can be appended.
#[derive(Default)]
pub(super) struct Judged<'a> {
    pub(super) answers: Vec<Result<Appended, Conflict>>,
    pub(super) events: Vec<Placed<'a>>,
    pub(super) keys: Vec<&'a KeyUse>,
    pub(super) claims: Vec<&'a Claim>,
    pub(super) credentials: Vec<&'a Credential>,
}

impl<'a> Judged<'a> {
    /// Checks `batch` in its order, each item against `ledger` as the ones before it left it. All of it is recorded at `now`, in
    /// milliseconds, unless the log is ahead of that already.
    pub(super) fn by(ledger: &mut Ledger, batch: &'a [Item], now: i64) -> Self {
        let recorded_at = Timestamp(now.max(ledger.last_time));
        let mut judged = Self { answers: Vec::with_capacity(batch.len()), ..Self::default() };
        for item in batch {
            let answer = ledger.check(item).map(|()| judged.admit(ledger, item, recorded_at));
            judged.answers.push(answer);
        }
        judged
    }

    /// An item without events was only to be checked, but for its keys; it stands where the log ends.
    fn admit(&mut self, ledger: &mut Ledger, item: &'a Item, recorded_at: Timestamp) -> Appended {
        self.keys.extend(&item.keys);
        let Some(stream) = item.stream.filter(|_| !item.events.is_empty()) else {
            ledger.take_in(item);
            return Appended { position: ledger.head, recorded_at };
        };
        let position = ledger.head + 1;
        let places = (position..).zip(item.expected + 1..).zip(&item.events);
        self.events.extend(places.map(|((position, version), event)| Placed {
            position,
            stream,
            version,
            recorded_at,
            event,
        }));
        self.claims.extend(item.claims.iter().filter(|claim| ledger.claim(claim)));
        self.credentials.extend(&item.credentials);
        ledger.take_in(item);
        Appended { position, recorded_at }
    }

    /// Whether it writes events and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.keys.is_empty() && self.claims.is_empty() && self.credentials.is_empty()
    }

    /// Whether it writes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.is_plain()
    }

    /// When all of it is recorded, in milliseconds; nothing when nothing is.
    pub(super) fn time(&self) -> Option<i64> {
        self.events.last().map(|event| event.recorded_at.0)
    }

    /// The position of the last event.
    pub(super) fn last(&self) -> Option<Position> {
        self.events.last().map(|event| event.position)
    }
}
