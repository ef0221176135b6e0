//! Reads of all kinds over a prepared data set.

use std::time::Duration;

use serde_json::json;

use crate::cli::{Crowd, Window};
use crate::client::api::Api;
use crate::client::metrics;
use crate::client::request::Request;
use crate::drive::closed::{self, Until};
use crate::error::Error;
use crate::measure::report::Report;
use crate::prepare::people::Person;
use crate::prepare::rooms::Room;
use crate::prepare::shots::Shot;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;

const PREPARE_LIMIT: Duration = Duration::from_secs(300);
const KINDS: [&str; 8] =
    ["timeline", "older_page", "rooms", "friends", "profile", "unread_count", "search_room", "search"];
/// How often each kind comes in twenty-two reads.
const MIX: [usize; 8] = [8, 3, 3, 2, 2, 2, 1, 1];

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    #[command(flatten)]
    window: Window,
    /// Rooms: pairs, or groups where there are fewer rooms than people
    #[arg(long, default_value_t = 100)]
    rooms: usize,
    /// Messages in all rooms together
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// Messages a page
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let address = server.address();
    let people = people::sign_up(address, args.crowd.users).await?;
    let rooms = rooms::open(address, &people, args.rooms).await?;
    befriend(server, &people).await?;
    let mut connections = closed::connect(address, args.crowd.connections).await?;
    let filling = shots::sends(&people, &rooms, args.crowd.connections);
    let until = Until::Done { count: args.messages, limit: PREPARE_LIMIT };
    let filled = closed::drive(server, &mut connections, &filling, until).await?;
    metrics::settled(address, PREPARE_LIMIT).await?;
    let reads = (0..args.crowd.connections).map(|n| reads_of(n, args, &people, &rooms));
    let reads: Vec<_> = reads.collect();
    let outcome = closed::drive(server, &mut connections, &reads, args.window.into()).await?;
    let kinds = outcome.latency.clone();
    let mut report = super::report("read", outcome);
    for (name, latency) in KINDS.iter().zip(&kinds) {
        report.latency(*name, latency);
    }
    report.errors(filled.errors);
    Ok(report)
}

/// Everybody and their neighbour become friends.
async fn befriend(server: &Server, people: &[Person]) -> Result<(), Error> {
    let mut api = Api::open(server.address()).await?;
    for (one, other) in people.iter().zip(people.iter().cycle().skip(1)) {
        if one.id == other.id || (people.len() == 2 && one.id == people[1].id) {
            continue;
        }
        let body = json!({ "to_user_id": other.id });
        let request = api.post("/api/friends/request", &one.token, &body).await?;
        let path = format!("/api/friends/{}/accept", request.text("request_id")?);
        api.post(&path, &other.token, &json!({})).await?;
    }
    Ok(())
}

/// The mix for one connection, over all rooms of the person behind it, the kinds spread evenly.
fn reads_of(connection: usize, args: &Args, people: &[Person], rooms: &[Room]) -> Vec<Shot> {
    let who = connection % people.len();
    let token = &people[who].token;
    let mine = rooms.iter().filter(|room| room.members.contains(&who));
    let older = args.messages as usize / args.rooms.max(1) / 2;
    let mut reads = Vec::new();
    for room in mine {
        for kind in mixed() {
            let path = path(kind, &room.id, args.limit, older);
            reads.push(Shot::new(kind, Request::get(&path, token), 200));
        }
    }
    let begin = connection % reads.len().max(1);
    reads.rotate_left(begin);
    reads
}

fn path(kind: usize, room: &str, limit: usize, older: usize) -> String {
    match kind {
        0 => format!("/api/messages?room_id={room}&limit={limit}"),
        1 => format!("/api/messages?room_id={room}&limit={limit}&before={older}"),
        2 => "/api/chat-rooms".to_owned(),
        3 => "/api/friends".to_owned(),
        4 => "/api/profile".to_owned(),
        5 => format!("/api/messages/room/{room}/unread-count"),
        6 => format!("/api/messages/search?q=load%20message&room_id={room}&limit={limit}"),
        _ => format!("/api/messages/search?q=load%20message&limit={limit}"),
    }
}

/// All kinds in an order that puts none of them together: the k-th of n comes at (k + 1/2) / n.
fn mixed() -> Vec<usize> {
    let places = |(kind, count): (usize, &usize)| {
        let count = *count;
        (0..count).map(move |nth| ((2 * nth + 1) * 1000 / (2 * count), kind))
    };
    let mut all: Vec<_> = MIX.iter().enumerate().flat_map(places).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, kind)| kind).collect()
}
