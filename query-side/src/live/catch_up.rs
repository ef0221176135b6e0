//! Catching up with one room: what was missed is read page by page, then the stream follows without a gap.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Position, UserId, Version};

use super::change::named_in;
use super::follow::OneRoom;
use super::frames::Text;
use super::hub::Entry;
use super::seat::End;
use super::subscription::{Phase, Reading, over};
use super::{PATIENCE, Ports, shape};
use crate::Positions;
use crate::ports::{Change, Membership, RoomState, Timeline, Unavailable};

/// How many changes are read at once.
const PAGE: u32 = 100;
/// In rooms with more members, read marks are not sent.
const LARGEST_WITH_MARKS: u32 = 50;

/// A stream of one room that has not caught up.
pub(super) struct CatchUp {
    pub(super) ports: Arc<Ports>,
    pub(super) entry: Entry,
    pub(super) user: UserId,
    /// Up to where everything was sent.
    pub(super) version: Version,
    /// How many pages there were.
    pub(super) pages: u32,
}

/// The timeline as it is when it has passed what the hub had looked at.
pub(super) struct Seen {
    timeline: Arc<dyn Timeline>,
    pub(super) state: RoomState,
    /// Read marks up to here are in it.
    marks: Position,
}

impl CatchUp {
    /// The room as it is for the user; none when the timeline does not get there in time.
    pub(super) async fn look(&self, bound: &Positions) -> Result<Option<Seen>, Unavailable> {
        let reading = self.ports.models.timeline(bound, PATIENCE).await?;
        if !reading.is_fresh {
            return Ok(None);
        }
        let timeline = reading.model;
        // In this order: a mark that comes between the two is sent twice rather than never.
        let marks = timeline.checkpoint().await?.get(self.ports.models.partition_of(self.entry.room()));
        let state = timeline.standing(self.user, self.entry.room()).await?;
        Ok(Some(Seen { timeline, state, marks }))
    }

    /// The first words of a stream that goes on after `last`, or from now on.
    pub(super) async fn begin(mut self, mut seen: Seen, last: Option<Version>) -> (Bytes, Phase) {
        let mut text = Text::default();
        if last.is_some_and(|last| last > seen.state.applied) {
            match self.look_ahead().await {
                Ok(Some(later)) if later.state.membership != Membership::Member => {
                    return over(text.retry(), End::Removed);
                }
                Ok(Some(later)) => seen = later,
                Ok(None) => return over(text.retry(), End::Quiet),
                Err(away) => return ended(text.retry(), &away),
            }
        }
        self.version = last.unwrap_or(seen.state.applied);
        if self.version > seen.state.applied {
            self.ports.meter.reset();
            return over(text.retry().reset(seen.state.applied), End::Quiet);
        }
        text.connected(self.version, Some(self.entry.room()));
        self.page(text, seen).await
    }

    /// The room once the timeline has passed everything that is appended by now: an id may be ahead of this process only.
    async fn look_ahead(&self) -> Result<Option<Seen>, Unavailable> {
        let partition = self.ports.models.partition_of(self.entry.room());
        let appended = self.ports.log.appended(partition).await.map_err(|away| Unavailable(away.to_string()))?;
        self.look(&Positions::of(partition, appended)).await
    }

    /// The next page.
    async fn go_on(self) -> (Bytes, Phase) {
        let mut text = Text::default();
        match self.look(&self.own_partition()).await {
            Ok(None) => over(&mut text, End::Quiet),
            Err(away) => ended(&mut text, &away),
            Ok(Some(seen)) if seen.state.membership != Membership::Member => over(&mut text, End::Removed),
            Ok(Some(seen)) => self.page(text, seen).await,
        }
    }

    /// Adds a page of what was missed to `text`, and says what comes then.
    async fn page(mut self, mut text: Text, seen: Seen) -> (Bytes, Phase) {
        self.pages += 1;
        let told = match self.tell(&mut text, &seen).await {
            Ok(told) => told,
            Err(away) => return ended(&mut text, &away),
        };
        if !told {
            self.ports.meter.reset();
            return over(text.reset(seen.state.applied), End::Quiet);
        }
        if self.version < seen.state.applied {
            return (text.take(), Phase::Reading(self.rest()));
        }
        match OneRoom::behind(self.entry, self.user, self.version, seen.marks) {
            Ok(room) => (text.take(), Phase::Room(room)),
            Err(entry) => (text.take(), Phase::Reading(Self { entry, ..self }.rest())),
        }
    }

    /// Up to where the log was looked at, where the room's events lie. How far other partitions are says nothing of it.
    fn own_partition(&self) -> Positions {
        self.entry.looked_at().only(self.ports.models.partition_of(self.entry.room()))
    }

    fn rest(self) -> Reading {
        Box::pin(self.go_on())
    }

    /// Tells the read marks, first and last, and the changes after the version; whether none of them is missing.
    async fn tell(&mut self, text: &mut Text, seen: &Seen) -> Result<bool, Unavailable> {
        if self.pages == 1 {
            self.tell_marks(text, seen).await?;
        }
        let (room, applied) = (self.entry.room(), seen.state.applied);
        if self.version < applied {
            let changes = seen.timeline.changes(room, self.version, applied, PAGE).await?;
            let is_whole = changes.iter().map(|change| change.version).eq((self.version + 1..).take(changes.len()));
            if changes.is_empty() || !is_whole {
                tracing::error!(%room, after = self.version, applied, "the timeline has a hole");
                return Ok(false);
            }
            self.tell_changes(text, &changes).await;
        }
        // What was read meanwhile was told to nobody.
        if self.pages > 1 && self.version == applied {
            self.tell_marks(text, seen).await?;
        }
        Ok(true)
    }

    async fn tell_marks(&self, text: &mut Text, seen: &Seen) -> Result<(), Unavailable> {
        let room = self.entry.room();
        let marks = seen.timeline.marks(room, self.user, LARGEST_WITH_MARKS).await?;
        for mark in marks {
            text.read(room, mark.user, mark.up_to);
        }
        Ok(())
    }

    async fn tell_changes(&mut self, text: &mut Text, changes: &[Change]) {
        let room = self.entry.room();
        let named: Vec<_> = changes.iter().filter_map(named_in).collect();
        let people = self.ports.names.of(&named).await;
        let shape = match changes.iter().any(|change| change.what.shows_the_room()) {
            true => shape::read(&*self.ports.models, &self.entry.looked_at(), room).await,
            false => None,
        };
        for change in changes {
            text.id(change.version).change(room, change, &people, shape.as_ref());
            self.version = change.version;
        }
        self.ports.meter.delivered(changes.len() as u64);
    }
}

/// A stream that can not go on for now: the client comes back.
pub(super) fn ended(text: &mut Text, away: &Unavailable) -> (Bytes, Phase) {
    tracing::warn!(reason = %away, "a stream ends");
    over(text, End::Quiet)
}
