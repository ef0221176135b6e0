//! Everything that happened, in the order in which it happened: some of it is read as it is needed, and some follows from what was.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use domain::{MessageId, RoomId, Timestamp, UserId};
use futures::stream::{BoxStream, StreamExt as _};

use super::moments::{Moments, Rows};
use crate::ports::{Older, OlderFriendship, OlderMessage, OlderRead, OlderRoom, OlderUser, Unavailable};

/// One thing that happened.
pub(super) enum Step {
    User(OlderUser),
    Friendship(OlderFriendship),
    Acceptance(OlderFriendship),
    Ending(OlderFriendship),
    Room(OlderRoom),
    Message(OlderMessage),
    Edit(Change),
    Deletion(Change),
    Read(OlderRead),
}

/// What became of a message.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) older: String,
    pub(super) room: RoomId,
    pub(super) message: MessageId,
    pub(super) author: UserId,
    /// What it says then.
    pub(super) content: String,
    /// Whether it has become that already is seen by what happened to it since then.
    pub(super) since: Timestamp,
}

impl Step {
    /// What of the same moment comes first.
    const fn rank(&self) -> u8 {
        match self {
            Self::User(_) => 0,
            Self::Friendship(_) => 1,
            Self::Acceptance(_) => 2,
            Self::Ending(_) => 3,
            Self::Room(_) => 4,
            Self::Message(_) => 5,
            Self::Edit(_) => 6,
            Self::Deletion(_) => 7,
            Self::Read(_) => 8,
        }
    }
}

type Key = (Timestamp, u8, u64);

/// What comes later, by when, then by what it is, then as it was put.
#[derive(Default)]
struct Later {
    keys: BinaryHeap<Reverse<Key>>,
    steps: HashMap<u64, Step>,
    count: u64,
}

impl Later {
    fn put(&mut self, at: Timestamp, step: Step) {
        self.keys.push(Reverse((at, step.rank(), self.count)));
        self.steps.insert(self.count, step);
        self.count += 1;
    }

    fn first(&self) -> Option<(Timestamp, u8)> {
        self.keys.peek().map(|Reverse((at, rank, _))| (*at, *rank))
    }

    fn take(&mut self) -> Option<(Timestamp, Step)> {
        let Reverse((at, _, number)) = self.keys.pop()?;
        self.steps.remove(&number).map(|step| (at, step))
    }
}

/// What is read as it is needed, and its next.
struct Source<'a> {
    rows: BoxStream<'a, Result<(Timestamp, Step), Unavailable>>,
    next: Option<(Timestamp, Step)>,
}

impl<'a> Source<'a> {
    async fn of(rows: BoxStream<'a, Result<(Timestamp, Step), Unavailable>>) -> Result<Self, Unavailable> {
        let mut source = Self { rows, next: None };
        source.next = source.rows.next().await.transpose()?;
        Ok(source)
    }

    fn first(&self) -> Option<(Timestamp, u8)> {
        self.next.as_ref().map(|(at, step)| (*at, step.rank()))
    }

    async fn take(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        let next = self.rows.next().await.transpose()?;
        Ok(std::mem::replace(&mut self.next, next))
    }
}

/// Everything, in order.
pub(super) struct Steps<'a> {
    sources: [Source<'a>; 3],
    later: Later,
    pub(super) moments: Moments,
    began: Timestamp,
    reached: Timestamp,
}

impl<'a> Steps<'a> {
    /// Reads what is held in memory and the first of the rest, for an import that `began` then.
    pub(super) async fn of(older: &'a dyn Older, began: Timestamp) -> Result<Self, Unavailable> {
        let at = move |told: Option<Timestamp>| told.unwrap_or_default().min(began);
        let messages = older.messages().map(move |said| said.map(|said| (at(said.created_at), Step::Message(said))));
        let reads = older.reads().map(move |read| read.map(|read| (at(read.read_at), Step::Read(read))));
        let (messages, reads) = (Source::of(messages.boxed()).await?, Source::of(reads.boxed()).await?);
        let rows = Rows {
            people: older.people().await?,
            rooms: older.rooms().await?,
            friendships: older.friendships().await?,
        };
        // Those of whom no time stands there come first, and wait for theirs.
        let since = move |user: &OlderUser| user.created_at.filter(|at| *at <= began).unwrap_or_default();
        let users = older.users(began).map(move |user| user.map(|user| (since(&user), Step::User(user))));
        let moments = Moments::of(&rows, messages.first().map(|(at, _)| at), began);
        let sources = [Source::of(users.boxed()).await?, messages, reads];
        let mut steps = Self { sources, later: Later::default(), moments, began, reached: Timestamp::default() };
        steps.put(rows.rooms, rows.friendships);
        Ok(steps)
    }

    fn put(&mut self, rooms: Vec<OlderRoom>, friendships: Vec<OlderFriendship>) {
        for room in rooms {
            self.later.put(self.moments.of_room(&room), Step::Room(room));
        }
        for friendship in friendships {
            self.later.put(self.moments.of_friendship(&friendship), Step::Friendship(friendship));
        }
    }

    /// Puts what follows where it belongs; what is said to come yet, at the end.
    pub(super) fn put_later(&mut self, steps: Vec<(Timestamp, Step)>) {
        steps.into_iter().for_each(|(at, step)| self.later.put(at.min(self.began), step));
    }

    /// The next, and when; time never goes back.
    pub(super) async fn next(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        loop {
            let Some((at, step)) = self.earliest().await? else { return Ok(None) };
            // Something may have been said, by the clocks of then, before there was a room to say it in; and of who came without a
            // time it is known when they must have been there.
            let due = match &step {
                Step::User(user) => self.moments.of_user(user.id, at),
                Step::Message(said) => self.moments.of_message(said, at),
                _ => at,
            };
            if due > at {
                self.later.put(due, step);
                continue;
            }
            self.reached = at.max(self.reached);
            return Ok(Some((self.reached, step)));
        }
    }

    async fn earliest(&mut self) -> Result<Option<(Timestamp, Step)>, Unavailable> {
        let firsts = self.sources.iter().enumerate().filter_map(|(index, source)| Some((source.first()?, Some(index))));
        let later = self.later.first().map(|first| (first, None));
        match firsts.chain(later).min_by_key(|(first, _)| *first) {
            None => Ok(None),
            Some((_, Some(index))) => self.sources[index].take().await,
            Some((_, None)) => Ok(self.later.take()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_comes_in_its_order_and_what_is_of_one_moment_by_what_it_is() {
        let mut later = Later::default();
        let friendship = OlderFriendship::default;
        later.put(Timestamp(9), Step::Friendship(friendship()));
        later.put(Timestamp(3), Step::Ending(friendship()));
        later.put(Timestamp(3), Step::Acceptance(friendship()));
        let order = [(); 3].map(|()| later.take().map(|(at, step)| (at.0, step.rank())));
        assert_eq!(order, [Some((3, 2)), Some((3, 3)), Some((9, 1))]);
        assert!(later.take().is_none());
    }
}
