//! Judging across aggregates: what stands between two people decides what they can do in rooms. What was judged is
//! guarded in the append; when it changed meanwhile, it is judged again.

use domain::room::{Invited, RoomCommand};
use domain::user::UserError;
use domain::{FriendshipId, Kind, RoomId, StreamId, UserId, Version};
use futures::future::try_join_all;

use super::asker::{Act, Asker};
use super::{Commands, Error};
use crate::dispatch::{self, Order, Outcome};
use crate::ports::Unavailable;

/// How often it is judged again.
pub(super) const MOST_TRIES: usize = 8;
/// How many people are looked at together.
const AT_ONCE: usize = 32;

/// A stream, and the version at which it was judged.
pub(super) type Guard = (StreamId, Version);

impl Commands {
    /// Sends a command to a room. Where it is a direct one, the command is told whether the two have a block between
    /// them.
    pub(super) async fn send_to_room(
        &self,
        asker: &Asker,
        act: Act,
        room: RoomId,
        command: impl Fn(bool) -> RoomCommand + Sync,
    ) -> Result<Outcome, Error> {
        for _ in 0..MOST_TRIES {
            let (blocked, guards) = self.within(room).await?;
            let order = Order { guards: guards.clone(), ..asker.order(act, room.0, command(blocked)) };
            if let Some(outcome) = self.unless_broken(&guards, self.rooms.send(order).await)? {
                return Ok(outcome);
            }
        }
        Err(dispatch::Error::GuardBroken.into())
    }

    /// Sends a command to a room that brings people into it; each of them is judged.
    pub(super) async fn send_with_invited(
        &self,
        asker: &Asker,
        act: Act,
        room: RoomId,
        users: &[UserId],
        command: impl Fn(Vec<Invited>) -> RoomCommand + Send + Sync,
    ) -> Result<Outcome, Error> {
        let judged = async {
            for _ in 0..MOST_TRIES {
                let (invited, mut guards) = self.invited(asker.user(), users).await?;
                // Nobody comes into a room who is told of no deletion any more: not who invites either.
                guards.push(self.known(asker.user()).await?);
                let order = Order { guards: guards.clone(), ..asker.order(act, room.0, command(invited)) };
                if let Some(outcome) = self.unless_broken(&guards, self.rooms.send(order).await)? {
                    return Ok(outcome);
                }
            }
            Err(dispatch::Error::GuardBroken.into())
        };
        self.once(asker, judged).await
    }

    /// That there is such a user, and the guard that they have not gone meanwhile.
    pub(super) async fn known(&self, user: UserId) -> Result<Guard, Error> {
        let looked = self.users.look(user.0).await?;
        if looked.state.exists() { Ok((user.into(), looked.version)) } else { Err(UserError::Unknown.into()) }
    }

    /// Whether the two of a direct room have a block between them. In a group nobody is looked at.
    async fn within(&self, room: RoomId) -> Result<(bool, Vec<Guard>), Unavailable> {
        let Some((a, b)) = self.rooms.look(room.0).await?.state.pair() else { return Ok((false, vec![])) };
        let (blocked, guard) = self.between(a, b).await?;
        Ok((blocked, vec![guard]))
    }

    async fn invited(&self, by: UserId, users: &[UserId]) -> Result<(Vec<Invited>, Vec<Guard>), Error> {
        let mut all = Vec::with_capacity(users.len());
        for some in users.chunks(AT_ONCE) {
            all.extend(try_join_all(some.iter().map(|user| self.judge(by, *user))).await?);
        }
        let (invited, guards): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        Ok((invited, guards.into_iter().flatten().collect()))
    }

    async fn judge(&self, by: UserId, user: UserId) -> Result<(Invited, [Guard; 2]), Error> {
        let known = self.known(user).await?;
        let (blocked, guard) = self.between(by, user).await?;
        Ok((Invited { user, blocked }, [known, guard]))
    }

    /// Whether either of the two has blocked the other.
    async fn between(&self, a: UserId, b: UserId) -> Result<(bool, Guard), Unavailable> {
        let id = FriendshipId::between(a, b);
        let pair = self.friendships.glance(id.0).await?;
        Ok((pair.state.is_blocked(), (id.into(), pair.version)))
    }

    /// What came of a command; `None` when what was judged for it changed meanwhile: it is forgotten, because another
    /// process may have changed it.
    pub(super) fn unless_broken(
        &self,
        guards: &[Guard],
        answer: Result<Outcome, dispatch::Error>,
    ) -> Result<Option<Outcome>, Error> {
        match answer {
            Err(dispatch::Error::GuardBroken) => {
                for (stream, _) in guards {
                    match stream.kind {
                        Kind::User => self.users.forget(stream.id),
                        _ => self.friendships.forget(stream.id),
                    }
                }
                Ok(None)
            }
            answer => Ok(Some(answer?)),
        }
    }
}
