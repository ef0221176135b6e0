//! What the commands between two people share: where they go, and how the pair looks afterwards.

use axum::response::Response;
use domain::FriendshipId;
use domain::friendship::FriendshipCommand;

use super::asker::{Act, Asker};
use super::reply::last_of_some;
use super::views::FriendshipView;
use super::{Commands, Error};
use crate::dispatch::Outcome;

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

    /// Sends a command to a pair, and answers with where the two stand then.
    pub(super) async fn answer_pair(
        &self,
        asker: &Asker,
        act: Act,
        pair: FriendshipId,
        command: FriendshipCommand,
    ) -> Result<Response, Error> {
        let event = last_of_some(self.send_to_pair(asker, act, pair, command).await?)?;
        let noted = self.note(asker.user(), &event).await;
        let past = self.about(event.stream, event.stream.id, event.version).await?;
        Ok(noted.with(act, FriendshipView::fold(&past).ok_or(Error::Internal)?))
    }
}
