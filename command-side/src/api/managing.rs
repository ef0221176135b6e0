//! What the commands on rooms share: how the room looks afterwards.

use axum::response::Response;
use domain::room::RoomCommand;
use domain::{Envelope, RoomId, UserId};

use super::asker::{Act, Asker};
use super::reply::last_of_some;
use super::views::{RoomPast, RoomView};
use super::{Commands, Error};
use crate::dispatch::Outcome;
use crate::ports::RoomGlance;

impl Commands {
    /// Sends a command to a room that rests on nothing else, and answers with the room.
    pub(super) async fn manage(
        &self,
        asker: &Asker,
        act: Act,
        room: RoomId,
        command: RoomCommand,
    ) -> Result<Response, Error> {
        let outcome = self.rooms.send(asker.order(act, room.0, command)).await?;
        self.answer_room(asker.user(), act, outcome).await
    }

    /// Answers with the room as it is after a command.
    pub(super) async fn answer_room(&self, user: UserId, act: Act, outcome: Outcome) -> Result<Response, Error> {
        let head = last_of_some(outcome)?;
        let noted = self.note(user, &head).await;
        let view = self.room_view(user, &head).await?;
        Ok(noted.with(act, view))
    }

    async fn room_view(&self, user: UserId, head: &Envelope) -> Result<RoomView, Error> {
        let past = self.about(head.stream, head.stream.id, head.version).await?;
        let room = RoomPast::fold(&past).ok_or(Error::Internal)?;
        let names = self.people.names(&room.members()).await;
        // Without messages there is nothing to glance at, and whoever is gone is shown none.
        let is_silent = past.len() as u64 == head.version;
        let glance = match !is_silent && room.has(user) {
            true => self.people.glance(user, RoomId(head.stream.id)).await,
            false => RoomGlance::default(),
        };
        Ok(room.view(head, names, glance))
    }
}
