//! Catching up with all rooms of a user.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Position, RoomId, UserId};
use futures::future::try_join_all;
use projections::ports::Partition;

use super::catch_up::ended;
use super::change::named_in;
use super::follow::AllRooms;
use super::frames::Text;
use super::hub::Hearing;
use super::missed::{Missed, MissedChange};
use super::seat::End;
use super::subscription::{Phase, Reading, over};
use super::{PATIENCE, Ports};
use crate::Positions;
use crate::ports::{Feed, RoomShape, Timeline, Unavailable};

/// How many changes are told at once.
const PAGE: usize = 100;

/// A stream of all rooms of a user that has not caught up.
pub(super) struct CatchUpAll {
    pub(super) ports: Arc<Ports>,
    pub(super) hearing: Hearing,
    pub(super) user: UserId,
}

impl CatchUpAll {
    /// The first words of a stream that goes on after `last`, or from now on.
    pub(super) async fn begin(self, last: Option<Positions>) -> (Bytes, Phase) {
        let mut text = Text::default();
        match self.is_ahead(last.as_ref()).await {
            Ok(false) => {}
            Ok(true) => {
                self.ports.meter.reset();
                return over(text.retry().reset(self.hearing.looked_at()), End::Quiet);
            }
            Err(away) => return ended(text.retry(), &away),
        }
        match self.round(last.as_ref()).await {
            Ok(Some(missed)) => {
                let sent = last.unwrap_or_else(|| missed.goal().clone());
                text.connected(&sent, None);
                self.page(text, missed, sent).await
            }
            Ok(None) => over(text.retry(), End::Quiet),
            Err(away) => ended(text.retry(), &away),
        }
    }

    /// Whether an id is from beyond the log's end, or of partitions that there are not: then it is not of this log.
    async fn is_ahead(&self, last: Option<&Positions>) -> Result<bool, Unavailable> {
        let Some(last) = last.filter(|last| !self.hearing.looked_at().covers(last)) else { return Ok(false) };
        let known = self.ports.log.partitions();
        if last.iter().any(|(partition, _)| !known.contains(&partition)) {
            return Ok(true);
        }
        let is_ahead = |(partition, position): (Partition, Position)| async move {
            self.ports.log.appended(partition).await.map(|appended| position > appended)
        };
        let ahead = try_join_all(last.iter().map(is_ahead)).await;
        ahead.map(|ahead| ahead.contains(&true)).map_err(|away| Unavailable(away.to_string()))
    }

    /// Begins to hear, and finds what was missed after `from` until then. None when the timeline does not get there in time.
    async fn round(&self, from: Option<&Positions>) -> Result<Option<Missed>, Unavailable> {
        let Some(timeline) = self.timeline(&self.hearing.looked_at()).await? else { return Ok(None) };
        let feeds = timeline.feeds(self.user).await?;
        let rooms = feeds.iter().filter(|feed| feed.is_member()).map(|feed| feed.room);
        let mut bound = self.hearing.begin(rooms.map(|room| (room, self.ports.models.partition_of(room))));
        from.into_iter().for_each(|from| bound.merge(from));
        let Some(timeline) = self.timeline(&bound).await? else { return Ok(None) };
        let goal = timeline.checkpoint().await?;
        let mut feeds = self.feeds_at(&goal, &*timeline).await?;
        let Some(blocked) = self.blocked(&bound).await? else { return Ok(None) };
        self.leave(&feeds, &blocked, &goal);
        feeds.retain(|feed| !blocked.contains(&feed.room));
        let mut missed = Missed::new(timeline, goal);
        if let Some(from) = from {
            for feed in &feeds {
                let partition = self.ports.models.partition_of(feed.room);
                missed.add(feed, partition, from.get(partition)).await?;
            }
        }
        Ok(Some(missed))
    }

    /// The rooms as they were at `goal`. What the read model knows is already more, for some of them only in part: what comes after
    /// the goal is heard, and what somebody may hear is decided by where the hearing begins.
    async fn feeds_at(&self, goal: &Positions, timeline: &dyn Timeline) -> Result<Vec<Feed>, Unavailable> {
        let mut feeds = vec![];
        for feed in timeline.feeds(self.user).await? {
            let end = goal.get(self.ports.models.partition_of(feed.room));
            let is_beyond = feed.activity > end;
            let version = if is_beyond { timeline.version_at(feed.room, end).await? } else { feed.applied };
            feeds.push(feed.at(version));
        }
        Ok(feeds)
    }

    async fn timeline(&self, bound: &Positions) -> Result<Option<Arc<dyn Timeline>>, Unavailable> {
        let reading = self.ports.models.timeline(bound, PATIENCE).await?;
        Ok(reading.is_fresh.then_some(reading.model))
    }

    /// The direct rooms whose other member has blocked the user. None when the directory does not get there in time.
    async fn blocked(&self, bound: &Positions) -> Result<Option<HashSet<RoomId>>, Unavailable> {
        let directory = self.ports.models.directory(bound, PATIENCE).await?;
        if !directory.is_fresh {
            return Ok(None);
        }
        let blockers = directory.model.blockers(self.user).await?;
        Ok(Some(blockers.into_iter().map(|blocker| RoomId::direct(blocker, self.user)).collect()))
    }

    /// Hears no more of what the user is not, or is no longer, to hear.
    fn leave(&self, feeds: &[Feed], blocked: &HashSet<RoomId>, goal: &Positions) {
        let stays: HashSet<_> = feeds.iter().filter(|feed| feed.is_member()).map(|feed| feed.room).collect();
        let heard = self.hearing.listener.rooms().into_iter();
        let leaves = heard.filter(|room| !stays.contains(room) || blocked.contains(room));
        self.hearing.leave(leaves.map(|room| (room, goal.get(self.ports.models.partition_of(room)))));
    }

    /// Adds a page of what was missed to `text`, and says what comes then.
    async fn page(self, mut text: Text, mut missed: Missed, mut sent: Positions) -> (Bytes, Phase) {
        let changes = match next_page(&mut missed).await {
            Ok(changes) => changes,
            Err(away) => return ended(&mut text, &away),
        };
        let is_last = changes.len() < PAGE;
        if let Err(away) = self.tell(&mut text, &changes, &mut sent).await {
            return ended(&mut text, &away);
        }
        if !is_last {
            return (text.take(), Phase::Reading(self.rest(missed, sent)));
        }
        sent.merge(missed.goal());
        if self.hearing.listener.is_broken() {
            // It took so long that more was missed.
            return (text.take(), Phase::Reading(self.anew(sent)));
        }
        (text.take(), Phase::Rooms(Box::new(AllRooms::behind(self.hearing, sent))))
    }

    fn rest(self, missed: Missed, sent: Positions) -> Reading {
        Box::pin(self.page(Text::default(), missed, sent))
    }

    fn anew(self, sent: Positions) -> Reading {
        Box::pin(self.again(sent))
    }

    async fn again(self, sent: Positions) -> (Bytes, Phase) {
        let mut text = Text::default();
        match self.round(Some(&sent)).await {
            Ok(Some(missed)) => self.page(text, missed, sent).await,
            Ok(None) => over(&mut text, End::Quiet),
            Err(away) => ended(&mut text, &away),
        }
    }

    async fn tell(&self, text: &mut Text, changes: &[MissedChange], sent: &mut Positions) -> Result<(), Unavailable> {
        let named: Vec<_> = changes.iter().filter_map(|missed| named_in(&missed.change)).collect();
        let people = self.ports.names.of(&named).await;
        let shapes = self.shapes(changes).await?;
        for MissedChange { room, partition, position, change } in changes {
            sent.raise(*partition, *position);
            let shape = shapes.iter().find(|shape| shape.id == *room);
            text.id(&*sent).change(*room, change, &people, shape);
        }
        self.ports.meter.delivered(changes.len() as u64);
        Ok(())
    }

    /// The rooms whose shape has changed.
    async fn shapes(&self, changes: &[MissedChange]) -> Result<Vec<RoomShape>, Unavailable> {
        let changed = changes.iter().filter(|missed| missed.change.what.shows_the_room());
        let rooms: HashSet<_> = changed.map(|missed| missed.room).collect();
        if rooms.is_empty() {
            return Ok(vec![]);
        }
        let directory = self.ports.models.directory(&self.hearing.looked_at(), PATIENCE).await?.model;
        directory.shapes(&rooms.into_iter().collect::<Vec<_>>()).await
    }
}

async fn next_page(missed: &mut Missed) -> Result<Vec<MissedChange>, Unavailable> {
    let mut changes = Vec::new();
    while changes.len() < PAGE {
        let Some(change) = missed.next().await? else { break };
        changes.push(change);
    }
    Ok(changes)
}
