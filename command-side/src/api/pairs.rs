//! What the commands between two people share: where they go, and how the pair looks afterwards.

use axum::response::Response;
use domain::friendship::{FriendshipCommand, RequestFriendship};
use domain::{FriendshipId, UserId};

use super::asker::{Act, Asker};
use super::judging::MOST_TRIES;
use super::reply::last_of_some;
use super::views::FriendshipView;
use super::{Commands, Error};
use crate::dispatch::{self, Order, Outcome};

impl Commands {
    /// Sends a command to a pair.
    pub(super) async fn send_to_pair(
        &self,
        asker: &Asker,
        act: Act,
        pair: FriendshipId,
        command: FriendshipCommand,
    ) -> Result<Outcome, Error> {
        Ok(self.friendships.send(asker.order(act, pair.0, command)).await?)
    }

    /// The same, if there is such a user as the `other` of the two.
    pub(super) async fn send_to_known(
        &self,
        asker: &Asker,
        act: Act,
        other: UserId,
        command: FriendshipCommand,
    ) -> Result<Outcome, Error> {
        let send = async {
            self.known(other).await?;
            self.send_to_pair(asker, act, FriendshipId::between(asker.user(), other), command).await
        };
        self.once(asker, send).await
    }

    /// Asks somebody to be friends, if both are still there.
    pub(super) async fn send_request(
        &self,
        asker: &Asker,
        act: Act,
        request: RequestFriendship,
    ) -> Result<Outcome, Error> {
        self.once(asker, self.request(asker, act, request)).await
    }

    async fn request(&self, asker: &Asker, act: Act, request: RequestFriendship) -> Result<Outcome, Error> {
        let pair = FriendshipId::between(request.requester, request.addressee);
        for _ in 0..MOST_TRIES {
            let guards = vec![self.known(request.addressee).await?, self.known(request.requester).await?];
            let command = FriendshipCommand::Request(request.clone());
            let order = Order { guards: guards.clone(), ..asker.order(act, pair.0, command) };
            if let Some(outcome) = self.unless_broken(&guards, self.friendships.send(order).await)? {
                return Ok(outcome);
            }
        }
        Err(dispatch::Error::GuardBroken.into())
    }

    /// Sends a command to a pair, and answers with where the two stand then.
    pub(super) async fn answer_pair(
        &self,
        asker: &Asker,
        act: Act,
        pair: FriendshipId,
        command: FriendshipCommand,
    ) -> Result<Response, Error> {
        let outcome = self.send_to_pair(asker, act, pair, command).await?;
        self.answer_with_pair(asker.user(), act, outcome).await
    }

    /// Answers with where the two stand after what came of a command.
    pub(super) async fn answer_with_pair(&self, user: UserId, act: Act, outcome: Outcome) -> Result<Response, Error> {
        let event = last_of_some(outcome)?;
        let noted = self.note(user, &event).await;
        let past = self.about(event.stream, event.stream.id, event.version).await?;
        Ok(noted.with(act, FriendshipView::fold(&past).ok_or(Error::Internal)?))
    }
}
