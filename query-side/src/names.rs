//! The names that people go by: a bounded cache, fed by reads of the directory and by what the log says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::ports::Person;
use domain::user::UserEvent;
use domain::{Envelope, Personal, UserId};
use parking_lot::Mutex;
use projections::ports::Partition;

use crate::Positions;
use crate::ports::ReadModels;

/// How long a name is believed without being read again.
const LIFE: Duration = Duration::from_secs(5);
/// The same where the log is listened to, which tells every change.
const LIFE_WHEN_TOLD: Duration = Duration::from_secs(60);
/// The most names that are kept.
const MOST: usize = 100_000;
/// How long a read waits for the directory to pass a change that the log told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Names by user.
pub struct Names {
    models: Arc<dyn ReadModels>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    people: HashMap<UserId, (Person, Instant)>,
    /// Where in the log the last change of a name was told. A read that was begun before is not kept.
    told: Positions,
    is_told: bool,
}

impl Names {
    /// Names as this directory has them.
    #[must_use]
    pub fn new(models: Arc<dyn ReadModels>) -> Self {
        Self { models, kept: Mutex::default() }
    }

    /// The names of those of `users` who are known.
    pub async fn of(&self, users: &[UserId]) -> HashMap<UserId, Person> {
        let now = Instant::now();
        let (mut people, missing, told) = self.kept.lock().look(users, now);
        if !missing.is_empty() {
            people.extend(self.read(&missing, told, now).await);
        }
        people
    }

    /// Takes in what the log says of somebody. Whoever reads the log calls this with every event of a user.
    pub fn hear(&self, partition: Partition, event: &Envelope, said: &UserEvent) {
        let user = UserId(event.stream.id);
        let mut kept = self.kept.lock();
        kept.is_told = true;
        match said {
            UserEvent::UserRegistered { username, nickname, .. } => {
                let person = Person { username: username.as_ref().and_then(text), nickname: text_or_none(nickname) };
                kept.put(user, person, Instant::now());
            }
            UserEvent::UsernameChanged { username } => kept.change(user, |person| person.username = text(username)),
            UserEvent::NicknameChanged { nickname } => {
                kept.change(user, |person| person.nickname = text_or_none(nickname))
            }
            UserEvent::AccountDeleted {} => {
                kept.people.remove(&user);
            }
            _ => return,
        }
        kept.told.raise(partition, event.position);
    }

    /// Reads names past what the log told. What can not be read is what it was, or left out.
    async fn read(&self, users: &[UserId], told: Positions, now: Instant) -> HashMap<UserId, Person> {
        let read = async { self.models.directory(&told, PATIENCE).await?.model.by_ids(users).await };
        let found = match read.await {
            Ok(found) => found,
            Err(away) => {
                tracing::warn!(reason = %away, "names are left out, or may be old");
                return self.kept.lock().keep_on(users, now);
            }
        };
        let person = |user: command_side::api::views::UserView| {
            (user.id, Person { username: user.username, nickname: user.nickname })
        };
        let people: HashMap<_, _> = found.into_iter().map(person).collect();
        let mut kept = self.kept.lock();
        if kept.told == told {
            people.iter().for_each(|(user, person)| kept.put(*user, person.clone(), now));
        }
        people
    }
}

impl Kept {
    /// Who is known, who is not, and up to where the log was heard.
    fn look(&self, users: &[UserId], now: Instant) -> (HashMap<UserId, Person>, Vec<UserId>, Positions) {
        let (mut people, mut missing) = (HashMap::with_capacity(users.len()), vec![]);
        for user in users {
            match self.people.get(user) {
                Some((person, until)) if now < *until => {
                    people.insert(*user, person.clone());
                }
                _ => missing.push(*user),
            }
        }
        (people, missing, self.told.clone())
    }

    fn put(&mut self, user: UserId, person: Person, now: Instant) {
        if self.people.len() >= MOST && !self.people.contains_key(&user) {
            self.people.retain(|_, (_, until)| now < *until);
        }
        if self.people.len() >= MOST {
            self.people.clear();
        }
        let life = if self.is_told { LIFE_WHEN_TOLD } else { LIFE };
        self.people.insert(user, (person, now + life));
    }

    /// Believes what is known of `users` for a while longer.
    fn keep_on(&mut self, users: &[UserId], now: Instant) -> HashMap<UserId, Person> {
        let known = users.iter().filter_map(|user| {
            let (person, until) = self.people.get_mut(user)?;
            *until = now + LIFE;
            Some((*user, person.clone()))
        });
        known.collect()
    }

    fn change(&mut self, user: UserId, change: impl Fn(&mut Person)) {
        if let Some((person, _)) = self.people.get_mut(&user) {
            change(person);
        }
    }
}

fn text(field: &Personal<String>) -> Option<String> {
    field.value().cloned()
}

/// An erased name shows as nothing.
fn text_or_none(field: &Personal<String>) -> String {
    text(field).unwrap_or_default()
}
