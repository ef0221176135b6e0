//! Rooms, and who is in them.

use std::net::SocketAddr;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use super::people::Person;
use crate::client::api::Api;
use crate::error::Error;

const AT_A_TIME: usize = 8;

pub(crate) struct Room {
    pub(crate) id: String,
    /// Places in the list of people.
    pub(crate) members: Vec<usize>,
}

/// Opens `count` rooms so that everybody is in one at least.
pub(crate) async fn open(address: SocketAddr, people: &[Person], count: usize) -> Result<Vec<Room>, Error> {
    let layout = layout(people.len(), count)?;
    stream::iter(layout).map(|members| open_one(address, people, members)).buffered(AT_A_TIME).try_collect().await
}

async fn open_one(address: SocketAddr, people: &[Person], members: Vec<usize>) -> Result<Room, Error> {
    match members[..] {
        [one, other] => direct(address, people, one, other).await,
        _ => group(address, people, members).await,
    }
}

async fn direct(address: SocketAddr, people: &[Person], one: usize, other: usize) -> Result<Room, Error> {
    let path = format!("/api/chat-rooms/check/{}", people[other].id);
    let answer = Api::open(address).await?.get(&path, &people[one].token).await?;
    Ok(Room { id: answer.text("id")?, members: vec![one, other] })
}

/// A group of the given people, opened by the first of them.
pub(crate) async fn group(address: SocketAddr, people: &[Person], members: Vec<usize>) -> Result<Room, Error> {
    let Some((first, others)) = members.split_first() else {
        return Err(Error::Setting("a room needs somebody in it".to_owned()));
    };
    let others: Vec<&str> = others.iter().map(|n| people[*n].id.as_str()).collect();
    let body = json!({ "participant_ids": others, "name": "load", "room_type": "group" });
    let mut api = Api::open(address).await?;
    let answer = api.post("/api/chat-rooms", &people[*first].token, &body).await?;
    let id = answer.text("id")?;
    Ok(Room { id, members })
}

/// A group of everybody.
pub(crate) async fn of_all(address: SocketAddr, people: &[Person]) -> Result<Room, Error> {
    group(address, people, (0..people.len()).collect()).await
}

/// Who is in which room. Rooms enough for a ring: pairs, the first ring of neighbours, the next of people
/// two apart, and so on, so that everybody writes in as many. Fewer: groups, and everybody in one of them.
fn layout(people: usize, rooms: usize) -> Result<Vec<Vec<usize>>, Error> {
    let pairs = people * people.saturating_sub(1) / 2;
    if people < 2 || rooms == 0 || rooms > pairs {
        let text = format!("{people} people cannot have {rooms} rooms: at least 1, at most {pairs}");
        return Err(Error::Setting(text));
    }
    Ok(match rooms < people {
        true => groups(people, rooms),
        false => ring(people).take(rooms).collect(),
    })
}

fn ring(people: usize) -> impl Iterator<Item = Vec<usize>> {
    let around = move |distance| (0..people).map(move |one| (one, (one + distance) % people));
    let once = move |(distance, (one, other)): &(usize, (usize, usize))| distance * 2 < people || one < other;
    (1..=people / 2)
        .flat_map(move |distance| around(distance).map(move |pair| (distance, pair)))
        .filter(once)
        .map(|(_, (one, other))| vec![one, other])
}

fn groups(people: usize, rooms: usize) -> Vec<Vec<usize>> {
    let of_room = |room| (0..people).filter(|n| n % rooms == room).collect::<Vec<_>>();
    let mut groups: Vec<_> = (0..rooms).map(of_room).collect();
    for (room, members) in groups.iter_mut().enumerate() {
        if members.len() == 1 {
            members.push((room + 1) % people);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn pairs(people: usize, rooms: usize) -> HashSet<Vec<usize>> {
        let layout = layout(people, rooms).unwrap_or_default();
        let sorted = layout.into_iter().map(|mut members| {
            members.sort_unstable();
            members
        });
        sorted.collect()
    }

    #[test]
    fn no_pair_has_two_rooms() {
        for people in 2..9 {
            for rooms in 1..=people * (people - 1) / 2 {
                assert_eq!(pairs(people, rooms).len(), rooms, "{people} people, {rooms} rooms");
            }
        }
    }

    #[test]
    fn everybody_is_in_a_room() {
        for rooms in 1..=45 {
            let rooms = layout(10, rooms).unwrap_or_default();
            let members: HashSet<usize> = rooms.into_iter().flatten().collect();
            assert_eq!(members.len(), 10);
        }
    }

    #[test]
    fn too_many_rooms_are_refused() {
        assert!(layout(4, 7).is_err());
    }
}
