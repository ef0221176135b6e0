//! Who is online, where one process serves everybody: kept in memory, and forgotten when it ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use command_side::api::Caller;
use command_side::api::views::Presence;
use domain::{SessionId, Timestamp, UserId};
use parking_lot::Mutex;
use query_side::ports::{Heartbeats, News, Presences, Since, Transitions, Unavailable};

use super::clock;

/// The most devices of one user: as many as sessions are listed.
pub(super) const MOST_DEVICES: usize = 100;
/// The most people of whom it is remembered when they were seen; of more, half of those who are gone are forgotten, longest first.
const MOST_PEOPLE: usize = 100_000;
/// The most changes that are told with one call.
const AT_ONCE: usize = 1_000;
/// Numbers count from the start of the process, which nobody's place outlives.
const EPOCH: u64 = 1;

/// Who is there, in this process.
pub struct InProcessPresence {
    life: Duration,
    people: Mutex<People>,
}

#[derive(Default)]
struct People {
    known: HashMap<UserId, Person>,
    /// When the time is over of whoever is online.
    ends: BTreeSet<(Instant, UserId)>,
    /// Each person's last coming or going.
    changes: BTreeMap<u64, UserId>,
    last_change: u64,
    /// Whoever was seen before may be forgotten.
    remembered: Timestamp,
}

#[derive(Default)]
struct Person {
    /// Until when each is there.
    devices: HashMap<SessionId, Instant>,
    /// Of somebody who is online: until when.
    until: Option<Instant>,
    seen_at: Timestamp,
    change: u64,
}

impl InProcessPresence {
    /// Nobody is there; a device is for so long after each sign of life.
    #[must_use]
    pub fn new(life: Duration) -> Self {
        Self { life, people: Mutex::new(People { remembered: clock::now(), ..People::default() }) }
    }
}

#[async_trait]
impl Heartbeats for InProcessPresence {
    fn life(&self) -> Duration {
        self.life
    }

    async fn beat(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        let (now, mut people) = (Instant::now(), self.people.lock());
        devices.iter().for_each(|device| people.beat(*device, now, now + self.life));
        people.forget();
        Ok(())
    }

    async fn leave(&self, devices: &[Caller]) -> Result<(), Unavailable> {
        let (now, mut people) = (Instant::now(), self.people.lock());
        devices.iter().for_each(|device| people.leave(*device, now));
        Ok(())
    }
}

#[async_trait]
impl Presences for InProcessPresence {
    async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Presence>, Unavailable> {
        let (now, people) = (Instant::now(), self.people.lock());
        Ok(users.iter().filter_map(|user| Some((*user, people.known.get(user)?.presence(now)))).collect())
    }

    fn remembers_since(&self) -> Timestamp {
        self.people.lock().remembered
    }
}

#[async_trait]
impl Transitions for InProcessPresence {
    async fn after(&self, since: Since) -> Result<News, Unavailable> {
        let (now, mut people) = (Instant::now(), self.people.lock());
        people.sweep(now);
        let until = Since { epoch: EPOCH, number: people.last_change };
        if since.epoch != EPOCH {
            return Ok(News { changed: vec![], has_gap: true, until });
        }
        Ok(people.after(since.number, now))
    }
}

impl People {
    fn beat(&mut self, device: Caller, now: Instant, until: Instant) {
        let person = self.known.entry(device.user).or_default();
        person.devices.insert(device.session, until);
        person.trim(now);
        person.seen_at = clock::now();
        // Whose time is over is gone, also if nobody looked yet.
        let came = person.until.is_none_or(|until| until <= now);
        self.set(device.user, Some(until));
        if came {
            self.note_change(device.user);
        }
    }

    fn leave(&mut self, device: Caller, now: Instant) {
        let Some(person) = self.known.get_mut(&device.user) else { return };
        if person.devices.remove(&device.session).is_none_or(|until| until <= now) {
            return;
        }
        person.seen_at = clock::now();
        let rest = person.devices.values().copied().max().filter(|until| *until > now);
        self.set(device.user, rest);
        if rest.is_none() {
            self.note_change(device.user);
        }
    }

    /// Lets those go whose time is over.
    fn sweep(&mut self, now: Instant) {
        while let Some((_, user)) = self.ends.first().copied().filter(|(until, _)| *until <= now) {
            self.set(user, None);
            self.note_change(user);
        }
    }

    fn set(&mut self, user: UserId, until: Option<Instant>) {
        let Some(person) = self.known.get_mut(&user) else { return };
        if until.is_none() {
            person.devices = HashMap::new();
        }
        let before = std::mem::replace(&mut person.until, until);
        before.map(|before| self.ends.remove(&(before, user)));
        self.ends.extend(until.map(|until| (until, user)));
    }

    fn note_change(&mut self, user: UserId) {
        let Some(person) = self.known.get_mut(&user) else { return };
        self.last_change += 1;
        let before = std::mem::replace(&mut person.change, self.last_change);
        self.changes.remove(&before);
        self.changes.insert(self.last_change, user);
    }

    fn after(&self, number: u64, now: Instant) -> News {
        let mut news = News { until: Since { epoch: EPOCH, number: self.last_change }, ..News::default() };
        for (number, user) in self.changes.range(number + 1..).take(AT_ONCE) {
            news.changed.extend(self.known.get(user).map(|person| (*user, person.presence(now))));
            news.until.number = *number;
        }
        news
    }

    fn forget(&mut self) {
        if self.known.len() <= MOST_PEOPLE {
            return;
        }
        let gone = self.known.iter().filter(|(_, person)| person.until.is_none());
        let mut gone: Vec<_> = gone.map(|(user, person)| (person.seen_at, *user, person.change)).collect();
        gone.sort_unstable();
        for (seen_at, user, change) in gone.iter().take(gone.len().div_ceil(2)) {
            self.remembered = self.remembered.max(*seen_at);
            self.known.remove(user);
            self.changes.remove(change);
        }
    }
}

impl Person {
    fn presence(&self, now: Instant) -> Presence {
        Presence { is_online: self.until.is_some_and(|until| until > now), last_seen_at: Some(self.seen_at) }
    }

    /// Keeps the devices that are there, and of too many those with the newest signs.
    fn trim(&mut self, now: Instant) {
        if self.devices.len() <= MOST_DEVICES {
            return;
        }
        self.devices.retain(|_, until| *until > now);
        let oldest = self.devices.iter().min_by_key(|(_, until)| **until).map(|(session, _)| *session);
        if let Some(oldest) = oldest.filter(|_| self.devices.len() > MOST_DEVICES) {
            self.devices.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn device(user: usize, session: usize) -> Caller {
        let [user, session] = [user, session].map(|n| Uuid::from_u128(n as u128 + 1));
        Caller { user: UserId(user), session: SessionId(session) }
    }

    #[tokio::test]
    async fn who_is_gone_longest_is_forgotten_when_there_are_too_many() {
        let presence = InProcessPresence::new(Duration::from_secs(60));
        let all: Vec<_> = (0..MOST_PEOPLE).map(|n| device(n, n)).collect();
        presence.beat(&all).await.expect("it is here");
        presence.leave(&all[1..]).await.expect("it is here");
        presence.beat(&[device(MOST_PEOPLE, 1)]).await.expect("it is here");
        let people = presence.people.lock();
        assert!(people.known.len() <= MOST_PEOPLE / 2 + 2, "{}", people.known.len());
        assert_eq!((people.changes.len(), people.ends.len()), (people.known.len(), 2));
        assert!(people.known.contains_key(&all[0].user), "who is online stays");
    }

    #[tokio::test]
    async fn one_user_has_so_many_devices_and_no_more() {
        let presence = InProcessPresence::new(Duration::from_secs(60));
        for n in 0..2 * MOST_DEVICES {
            presence.beat(&[device(1, n)]).await.expect("it is here");
        }
        assert_eq!(presence.people.lock().known[&device(1, 0).user].devices.len(), MOST_DEVICES);
    }
}
