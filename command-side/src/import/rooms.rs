//! Bringing rooms over. A pair has one room: what was said in several of theirs stands in that one.

use domain::room::{OpenDirect, Room, RoomCommand};
use domain::{RoomId, UserId};

use super::order::order;
use super::{Import, Kind, judged};
use crate::ports::{OlderRoom, TimeFrom, Unavailable};

impl Import {
    pub(super) async fn room(&mut self, older: OlderRoom) -> Result<(), Unavailable> {
        self.report.read(Kind::Rooms);
        let Some(room) = self.room_of(&older) else {
            let why = if older.users[0] == older.users[1] { "ONESELF" } else { "UNKNOWN_USER" };
            self.report.skip(Kind::Rooms, why, older.id);
            return Ok(());
        };
        self.times(Kind::Rooms, older.id, TimeFrom::Date, &[older.created_at]);
        self.target.rooms.lead(older.id, room).await?;
        let [opened_by, other] = older.users.map(UserId::older);
        let command = RoomCommand::OpenDirect(OpenDirect { opened_by, other, blocked: false });
        let answer = self.rooms.send(order::<Room>(room.0, "open_room", opened_by, command)).await;
        self.report.done(Kind::Rooms, judged(answer)? == Ok(true));
        Ok(())
    }

    /// The room of a pair, if it can have one.
    pub(super) fn room_of(&self, older: &OlderRoom) -> Option<RoomId> {
        let [a, b] = older.users;
        let can = a != b && self.knows(a) && self.knows(b);
        can.then(|| RoomId::direct(UserId::older(a), UserId::older(b)))
    }
}
