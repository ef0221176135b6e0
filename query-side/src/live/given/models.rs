//! Read models that are folded anew whenever they are asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::views::{Participant, ReactionView};
use domain::read_cursor::ReadCursorEvent;
use domain::room::{Role, RoomEvent, RoomType};
use domain::{Envelope, Event, Kind, MessageId, Position, RoomId, Timestamp, UserId, Version};
use projections::ports::Partition;

use super::House;
use crate::Positions;
use crate::live::change::change_of;
use crate::ports::{
    Change, Directory, Feed, Found, Mark, Membership, Notice, NumberedMessage, Place, Reached, ReadModels, Reader,
    Reading, RoomShape, RoomState, Rooms, Slice, Sought, Stay, Timeline, Unavailable, What,
};

/// What the read models know at one moment.
pub(super) struct Known {
    at: Position,
    pub(super) events: Vec<Arc<Envelope>>,
    /// With those of which there is a part.
    early: Vec<Arc<Envelope>>,
    lag: Duration,
}

impl Known {
    fn of_room(&self, room: RoomId) -> impl Iterator<Item = (&Arc<Envelope>, &RoomEvent)> {
        of_room(&self.events, room)
    }

    fn stays(events: &[Arc<Envelope>], room: RoomId) -> BTreeMap<UserId, Vec<Stay>> {
        let mut stays: BTreeMap<UserId, Vec<Stay>> = BTreeMap::new();
        for (event, said) in of_room(events, room) {
            let new = Stay { from: event.version, to: None };
            match said {
                RoomEvent::RoomOpened { members, .. } => {
                    members.iter().for_each(|member| stays.entry(member.user).or_default().push(new));
                }
                RoomEvent::MemberJoined { user, .. } => stays.entry(*user).or_default().push(new),
                RoomEvent::MemberRemoved { user, .. } | RoomEvent::MemberLeft { user } => {
                    let last = stays.get_mut(user).and_then(|stays| stays.last_mut()).expect("a member");
                    last.to = Some(event.version);
                }
                _ => {}
            }
        }
        stays
    }

    fn applied(&self, room: RoomId) -> Version {
        self.of_room(room).map(|(event, _)| event.version).max().unwrap_or(0)
    }

    fn activity(&self, room: RoomId) -> Position {
        self.of_room(room).map(|(event, _)| event.position).max().unwrap_or(0)
    }

    fn is_deleted(&self, room: RoomId, message: MessageId) -> bool {
        self.of_room(room)
            .any(|(_, said)| matches!(said, RoomEvent::MessageDeleted { message_id, .. } if *message_id == message))
    }

    fn change(&self, room: RoomId, event: &Envelope, said: &RoomEvent) -> Change {
        let mut change = change_of(event, said);
        if let What::Sent(view) = &mut change.what {
            view.content = view.content.take().filter(|_| !self.is_deleted(room, view.id));
        }
        change
    }
}

fn of_room(events: &[Arc<Envelope>], room: RoomId) -> impl Iterator<Item = (&Arc<Envelope>, &RoomEvent)> {
    events.iter().filter(move |event| event.stream == room.into()).filter_map(|event| match &event.payload {
        Event::Room(said) => Some((event, said)),
        _ => None,
    })
}

impl House {
    async fn passed(&self, bound: &Positions, wait: Duration) -> (Arc<Known>, bool) {
        let (goal, mut applied) = (bound.get(0), self.applied.subscribe());
        let is_fresh = matches!(tokio::time::timeout(wait, applied.wait_for(|at| *at >= goal)).await, Ok(Ok(_)));
        let at = *self.applied.borrow();
        let lag = Duration::from_millis(self.lag.load(Ordering::Relaxed));
        let early = self.up_to(at + self.early.load(Ordering::Relaxed));
        (Arc::new(Known { at, events: self.up_to(at), early, lag }), is_fresh)
    }
}

#[async_trait]
impl ReadModels for House {
    async fn directory(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Directory>, Unavailable> {
        let (model, is_fresh) = self.passed(bound, wait).await;
        Ok(Reading { model, is_fresh })
    }

    async fn timeline(&self, bound: &Positions, wait: Duration) -> Result<Reading<dyn Timeline>, Unavailable> {
        let (model, is_fresh) = self.passed(bound, wait).await;
        Ok(Reading { model, is_fresh })
    }

    fn partition_of(&self, _: RoomId) -> Partition {
        0
    }

    fn partition_of_inbox(&self, _: UserId) -> Partition {
        0
    }
}

#[async_trait]
impl Rooms for Known {
    async fn shapes(&self, ids: &[RoomId]) -> Result<Vec<RoomShape>, Unavailable> {
        let participant = |id: UserId| Participant { id, username: None, nickname: String::new(), role: Role::Member };
        let shape = |id: &RoomId| {
            let present = Self::stays(&self.events, *id)
                .into_iter()
                .filter(|(_, stays)| stays.last().is_some_and(|stay| stay.to.is_none()));
            let participants = present.map(|(user, _)| participant(user)).collect();
            RoomShape { id: *id, room_type: RoomType::Group, name: None, created_at: Timestamp(0), participants }
        };
        Ok(ids.iter().map(shape).collect())
    }

    async fn ever_of(&self, _: UserId, _: Option<RoomId>, _: u32) -> Result<Vec<RoomId>, Unavailable> {
        Ok(vec![])
    }
}

#[async_trait]
impl Timeline for Known {
    async fn checkpoint(&self) -> Result<Positions, Unavailable> {
        Ok(Positions::of(0, self.at))
    }

    async fn room(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        let membership = match Self::stays(&self.events, room).get(&user).and_then(|stays| stays.last()) {
            None => Membership::Outsider,
            Some(Stay { to: Some(_), .. }) => Membership::Gone,
            Some(Stay { to: None, .. }) => Membership::Member,
        };
        let (applied, activity) = (self.applied(room), self.activity(room));
        let activity_at = Timestamp(0);
        Ok(RoomState { room, applied, last_number: 0, activity, activity_at, membership, unread: 0, is_parked: false })
    }

    async fn standing(&self, user: UserId, room: RoomId) -> Result<RoomState, Unavailable> {
        self.room(user, room).await
    }

    async fn unread(&self, _: UserId, _: RoomId, _: u64) -> Result<u64, Unavailable> {
        Ok(0)
    }

    async fn rooms(
        &self,
        _: UserId,
        _: Option<(Position, RoomId)>,
        _: u64,
        _: u32,
    ) -> Result<Vec<RoomState>, Unavailable> {
        Ok(vec![])
    }

    async fn messages(&self, _: RoomId, _: Version, _: Slice, _: u32) -> Result<Vec<NumberedMessage>, Unavailable> {
        Ok(vec![])
    }

    async fn notices(&self, _: RoomId, _: Version, _: Slice, _: u32) -> Result<Vec<Notice>, Unavailable> {
        Ok(vec![])
    }

    async fn place(&self, _: RoomId, _: Version, _: bool) -> Result<Option<Place>, Unavailable> {
        Ok(None)
    }

    async fn search(&self, _: &Sought) -> Result<Found, Unavailable> {
        Ok(Found::default())
    }

    async fn last_messages(&self, _: &[(RoomId, Version)]) -> Result<Vec<NumberedMessage>, Unavailable> {
        Ok(vec![])
    }

    async fn messages_by_ids(&self, _: &[MessageId]) -> Result<Vec<NumberedMessage>, Unavailable> {
        Ok(vec![])
    }

    async fn reactions(&self, _: &[MessageId]) -> Result<HashMap<MessageId, Vec<ReactionView>>, Unavailable> {
        Ok(HashMap::new())
    }

    async fn readers(&self, _: &[Reached]) -> Result<Vec<Reader>, Unavailable> {
        Ok(vec![])
    }

    async fn changes(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Change>, Unavailable> {
        let within = self.of_room(room).filter(|(event, _)| event.version > after && event.version <= up_to);
        Ok(within.take(limit as usize).map(|(event, said)| self.change(room, event, said)).collect())
    }

    async fn marks(&self, room: RoomId, user: UserId, _: u32) -> Result<Vec<Mark>, Unavailable> {
        let mut marks = BTreeMap::new();
        for event in &self.events {
            if let Event::ReadCursor(ReadCursorEvent::ReadMarkMoved { room: read, user: by, up_to, .. }) =
                &event.payload
                && (*read, *by) != (room, user)
                && *read == room
            {
                marks.insert(*by, *up_to);
            }
        }
        Ok(marks.into_iter().map(|(user, up_to)| Mark { user, up_to }).collect())
    }

    async fn feeds(&self, user: UserId) -> Result<Vec<Feed>, Unavailable> {
        let rooms = self.events.iter().filter(|event| event.stream.kind == Kind::Room && event.version == 1);
        let feed = |event: &Arc<Envelope>| {
            let room = RoomId(event.stream.id);
            let stays = Self::stays(&self.early, room).remove(&user)?;
            let (applied, activity) = (self.applied(room), self.activity(room));
            Some(Feed { room, applied, activity, is_parked: false, stays })
        };
        let feeds = rooms.filter_map(feed).collect();
        tokio::time::sleep(self.lag).await;
        Ok(feeds)
    }

    async fn version_at(&self, room: RoomId, position: Position) -> Result<Version, Unavailable> {
        let before = self.of_room(room).filter(|(event, _)| event.position <= position);
        Ok(before.map(|(event, _)| event.version).max().unwrap_or(0))
    }

    async fn positions(
        &self,
        room: RoomId,
        after: Version,
        up_to: Version,
        limit: u32,
    ) -> Result<Vec<Position>, Unavailable> {
        let within = self.of_room(room).filter(|(event, _)| event.version > after && event.version <= up_to);
        Ok(within.take(limit as usize).map(|(event, _)| event.position).collect())
    }
}
