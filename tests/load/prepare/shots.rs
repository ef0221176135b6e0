//! The requests that each connection fires in turn.

use super::people::Person;
use super::rooms::Room;
use crate::client::request::Request;

/// One request, the place of its kind in the figures, and the status it should be answered with.
#[derive(Clone)]
pub(crate) struct Shot {
    pub(crate) kind: usize,
    pub(crate) request: Request,
    pub(crate) status: u16,
}

impl Shot {
    pub(crate) fn new(kind: usize, request: Request, status: u16) -> Self {
        Self { kind, request, status }
    }
}

/// A send into each room of the person behind the connection, for each connection.
pub(crate) fn sends(people: &[Person], rooms: &[Room], connections: usize) -> Vec<Vec<Shot>> {
    (0..connections).map(|connection| sends_of(connection, people, rooms)).collect()
}

fn sends_of(connection: usize, people: &[Person], rooms: &[Room]) -> Vec<Shot> {
    let who = connection % people.len();
    let mine = rooms.iter().filter(|room| room.members.contains(&who));
    mine.map(|room| Shot::new(0, Request::message(&room.id, &people[who].token), 201)).collect()
}

/// The yardstick, for each connection.
pub(crate) fn ceiling(people: &[Person], connections: usize) -> Vec<Vec<Shot>> {
    let of = |connection: usize| {
        let token = &people[connection % people.len()].token;
        vec![Shot::new(0, Request::empty_post("/api/ceiling", token), 204)]
    };
    (0..connections).map(of).collect()
}
