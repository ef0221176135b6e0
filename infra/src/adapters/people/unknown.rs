//! Whom the directory did not know: while no projector runs, each send would ask for its writer's name, and wait for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::UserId;

/// How long nobody is asked for again who was not there.
const PAUSE: Duration = Duration::from_secs(1);
/// How long nobody is waited for again who did not come.
const REST: Duration = Duration::from_secs(60);
/// The most users who are remembered.
const MOST: usize = 10_000;

/// Who was looked for in vain.
#[derive(Debug, Default)]
pub(super) struct Unknown(HashMap<UserId, Tries>);

#[derive(Clone, Copy, Debug)]
struct Tries {
    asked: Instant,
    waited: Instant,
}

impl Unknown {
    /// Those of `users` who may be there by now.
    pub(super) fn worth_asking_for(&self, users: &[UserId]) -> Vec<UserId> {
        self.past(users, |tries| tries.asked.elapsed() >= PAUSE)
    }

    /// Those of `users` for whom to wait is no waste of time.
    pub(super) fn worth_waiting_for(&self, users: &[UserId]) -> Vec<UserId> {
        self.past(users, |tries| tries.waited.elapsed() >= REST)
    }

    /// These were asked for again in vain.
    pub(super) fn asked(&mut self, users: &[UserId]) {
        for user in users {
            self.0.entry(*user).and_modify(|tries| tries.asked = Instant::now());
        }
    }

    /// These were waited for in vain.
    pub(super) fn waited(&mut self, users: impl Iterator<Item = UserId>) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let now = Instant::now();
        self.0.extend(users.map(|user| (user, Tries { asked: now, waited: now })));
    }

    fn past(&self, users: &[UserId], is_past: impl Fn(&Tries) -> bool) -> Vec<UserId> {
        users.iter().copied().filter(|user| self.0.get(user).is_none_or(&is_past)).collect()
    }
}
