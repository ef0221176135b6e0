//! Who follows whom: streams of those who want to know which of their friends are there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use command_side::api::views::Presence;
use domain::UserId;
use parking_lot::Mutex;

use super::frames::Text;
use super::ring::Taken;
use super::seat::Seat;

/// All such streams of this process.
#[derive(Default)]
pub(super) struct Followers(Mutex<Followed>);

#[derive(Default)]
struct Followed {
    by_own: HashMap<UserId, Vec<Arc<Follower>>>,
    by_friend: HashMap<UserId, Vec<Arc<Follower>>>,
}

/// One of them.
pub(super) struct Follower {
    pub(super) seat: Arc<Seat>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    friends: HashSet<UserId>,
    /// Those of whom the client was told that they are there; of the others it believes that they are not.
    online: HashSet<UserId>,
    /// What waits to be told: of each friend the last only, so that there are never more than friends.
    news: HashMap<UserId, (bool, Bytes)>,
    /// Whether there may be other friends by now.
    is_stale: bool,
}

/// A follower's entry, given up when it is dropped.
pub(super) struct Following {
    followers: Arc<Followers>,
    follower: Arc<Follower>,
}

impl Followers {
    /// Enters for somebody; whom they follow is said later.
    pub(super) fn enter(self: &Arc<Self>, seat: Arc<Seat>) -> Following {
        let follower = Arc::new(Follower { seat, told: Mutex::default() });
        self.0.lock().by_own.entry(follower.own()).or_default().push(follower.clone());
        Following { followers: self.clone(), follower }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().by_own.is_empty()
    }

    /// Everybody who is followed.
    pub(super) fn followed(&self) -> Vec<UserId> {
        self.0.lock().by_friend.keys().copied().collect()
    }

    /// Tells those who follow `user` how they stand now.
    pub(super) fn tell(&self, user: UserId, presence: Presence) {
        let followers = self.0.lock().by_friend.get(&user).cloned().unwrap_or_default();
        if followers.is_empty() {
            return;
        }
        let text = Bytes::from(Text::default().status(user, presence));
        followers.iter().for_each(|follower| follower.hear(user, presence.is_online, &text));
    }

    /// Lets those of `users` who follow their friends look for them anew: there may be others.
    pub(super) fn look_again(&self, users: &[UserId]) {
        let followed = self.0.lock();
        users.iter().filter_map(|user| followed.by_own.get(user)).flatten().for_each(|follower| follower.look_again());
    }

    /// The same for everybody.
    pub(super) fn all_look_again(&self) {
        self.0.lock().by_own.values().flatten().for_each(|follower| follower.look_again());
    }
}

impl Followed {
    fn remove(&mut self, gone: &Arc<Follower>, friends: &HashSet<UserId>) {
        friends.iter().for_each(|friend| part(&mut self.by_friend, *friend, gone));
    }
}

fn part(followers: &mut HashMap<UserId, Vec<Arc<Follower>>>, user: UserId, gone: &Arc<Follower>) {
    if let Some(some) = followers.get_mut(&user) {
        some.retain(|follower| !Arc::ptr_eq(follower, gone));
        if some.is_empty() {
            followers.remove(&user);
        }
    }
}

impl Follower {
    fn own(&self) -> UserId {
        self.seat.caller.user
    }

    fn hear(&self, user: UserId, is_online: bool, text: &Bytes) {
        self.told.lock().news.insert(user, (is_online, text.clone()));
        self.seat.wake();
    }

    fn look_again(&self) {
        self.told.lock().is_stale = true;
        self.seat.wake();
    }
}

impl Following {
    /// Follows these friends and no others. What is told of them from now on is kept.
    pub(super) fn follow(&self, friends: HashSet<UserId>) {
        let mut followed = self.followers.0.lock();
        let mut told = self.follower.told.lock();
        followed.remove(&self.follower, &told.friends.difference(&friends).copied().collect());
        for friend in friends.difference(&told.friends) {
            followed.by_friend.entry(*friend).or_default().push(self.follower.clone());
        }
        told.news.retain(|user, _| friends.contains(user));
        told.friends = friends;
    }

    /// Those of whom the client was told that they are there, and who are friends no more.
    pub(super) fn lost(&self) -> Vec<UserId> {
        let told = self.follower.told.lock();
        told.online.difference(&told.friends).copied().collect()
    }

    /// Adds to `text` which friends stand otherwise than the client was told, as far as that is known. Who is a friend no more is
    /// offline, and looks like anybody who is: last seen when they were.
    pub(super) fn catch_up(&self, text: &mut Text, stand: Option<&HashMap<UserId, Presence>>) {
        let mut told = self.follower.told.lock();
        let Told { friends, online, .. } = &mut *told;
        let gone: Vec<_> = online.difference(friends).copied().collect();
        for user in gone {
            online.remove(&user);
            let last_seen_at = stand.and_then(|stand| stand.get(&user)?.last_seen_at);
            text.status(user, Presence { is_online: false, last_seen_at });
        }
        let Some(stand) = stand else { return };
        for user in friends.iter() {
            let presence = stand.get(user).copied().unwrap_or_default();
            if change(online, *user, presence.is_online) {
                text.status(*user, presence);
            }
        }
    }

    /// What was told since; none when there may be other friends, who have to be looked for first.
    pub(super) fn take(&self) -> Option<Taken> {
        let mut told = self.follower.told.lock();
        if told.is_stale {
            return None;
        }
        let mut taken = Taken::default();
        for (user, (is_online, text)) in std::mem::take(&mut told.news) {
            if change(&mut told.online, user, is_online) {
                taken.parcel.add(&text);
                taken.frames += 1;
            }
        }
        Some(taken)
    }

    /// From now on it is noted again when there may be other friends.
    pub(super) fn begin(&self) {
        self.follower.told.lock().is_stale = false;
    }
}

/// Notes how `user` stands; whether that is news.
fn change(online: &mut HashSet<UserId>, user: UserId, is_online: bool) -> bool {
    if is_online { online.insert(user) } else { online.remove(&user) }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followed = self.followers.0.lock();
        part(&mut followed.by_own, self.follower.own(), &self.follower);
        let friends = std::mem::take(&mut self.follower.told.lock().friends);
        followed.remove(&self.follower, &friends);
    }
}
