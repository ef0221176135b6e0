//! Catching up with what somebody was told: as with one room, from the directory.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Position, UserId, Version};

use super::catch_up::ended;
use super::follow::OneRoom;
use super::frames::Text;
use super::hub::Entry;
use super::notices::current;
use super::seat::End;
use super::subscription::{Phase, Reading, over};
use super::{PATIENCE, Ports};
use crate::Positions;
use crate::ports::{Directory, InboxChange, InboxNotice, InboxState, Unavailable};
use crate::queries::{previews, view};

/// A stream of an inbox that has not caught up.
pub(super) struct CatchUpInbox {
    pub(super) ports: Arc<Ports>,
    pub(super) entry: Entry,
    pub(super) user: UserId,
    /// Up to where everything was sent.
    pub(super) version: Version,
}

/// The directory when it has passed what the hub had looked at.
struct Seen {
    directory: Arc<dyn Directory>,
    state: InboxState,
}

impl CatchUpInbox {
    /// The first words of a stream that goes on after `last`, or from now on.
    pub(super) async fn begin(mut self, last: Option<Version>) -> (Bytes, Phase) {
        let mut text = Text::default();
        let seen = match self.look_for(last).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return over(text.retry(), End::Quiet),
            Err(away) => return ended(text.retry(), &away),
        };
        self.version = last.unwrap_or(seen.state.version);
        // Of what was read before that some is gone: it could not be told.
        let is_whole = last.is_none_or(|last| (seen.state.pruned..=seen.state.version).contains(&last));
        if !is_whole {
            self.ports.meter.reset();
            return over(text.retry().reset(seen.state.version), End::Quiet);
        }
        text.connected(self.version, None);
        self.page(text, seen).await
    }

    /// The inbox as the hub has looked at it, or, for an id that is ahead of that, as everything is appended by now.
    async fn look_for(&self, last: Option<Version>) -> Result<Option<Seen>, Unavailable> {
        let seen = self.look(&self.own_partition()).await?;
        if seen.as_ref().is_none_or(|seen| last.is_none_or(|last| last <= seen.state.version)) {
            return Ok(seen);
        }
        let partition = self.ports.models.partition_of_inbox(self.user);
        let appended = self.ports.log.appended(partition).await.map_err(|away| Unavailable(away.to_string()))?;
        self.look(&Positions::of(partition, appended)).await
    }

    async fn look(&self, bound: &Positions) -> Result<Option<Seen>, Unavailable> {
        let Some(directory) = current(&*self.ports.models, bound).await? else { return Ok(None) };
        let state = directory.inbox(self.user).await?;
        Ok(Some(Seen { directory, state }))
    }

    fn own_partition(&self) -> Positions {
        self.entry.looked_at().only(self.ports.models.partition_of_inbox(self.user))
    }

    /// The next page.
    async fn go_on(self) -> (Bytes, Phase) {
        let mut text = Text::default();
        match self.look(&self.own_partition()).await {
            Ok(Some(seen)) => self.page(text, seen).await,
            Ok(None) => over(&mut text, End::Quiet),
            Err(away) => ended(&mut text, &away),
        }
    }

    fn rest(self) -> Reading {
        Box::pin(self.go_on())
    }

    /// Adds a page of what was missed to `text`, and says what comes then.
    async fn page(mut self, mut text: Text, seen: Seen) -> (Bytes, Phase) {
        if let Err(away) = self.tell(&mut text, &seen).await {
            return ended(&mut text, &away);
        }
        if self.version < seen.state.version {
            return (text.take(), Phase::Reading(self.rest()));
        }
        match OneRoom::behind(self.entry, self.user, self.version, Position::MAX) {
            Ok(inbox) => (text.take(), Phase::Room(inbox)),
            Err(entry) => (text.take(), Phase::Reading(Self { entry, ..self }.rest())),
        }
    }

    async fn tell(&mut self, text: &mut Text, seen: &Seen) -> Result<(), Unavailable> {
        if self.version >= seen.state.version {
            return Ok(());
        }
        let changes = seen.directory.inbox_changes(self.user, self.version, seen.state.version).await?;
        let told: Vec<InboxNotice> = changes.iter().filter_map(|(_, change)| told(change)).collect();
        let timeline = self.ports.models.timeline(&Positions::default(), PATIENCE).await?.model;
        let previews = previews(&*timeline, &told).await?;
        self.ports.meter.delivered(changes.len() as u64);
        // What is left of the versions is nothing that is seen.
        self.version = if changes.is_empty() { seen.state.version } else { self.version };
        for (version, change) in changes {
            self.version = version;
            match change {
                InboxChange::Told(notice) => text.id(version).notification(&view(*notice, &previews)),
                InboxChange::Read(ids) => text.id(version).seen(&ids),
            };
        }
        Ok(())
    }
}

fn told(change: &InboxChange) -> Option<InboxNotice> {
    match change {
        InboxChange::Told(notice) => Some((**notice).clone()),
        InboxChange::Read(_) => None,
    }
}
