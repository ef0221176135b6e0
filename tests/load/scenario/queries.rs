//! Everything that somebody can ask, among very much.

use std::time::Duration;

use domain::UserId;
use domain::inbox::MOST_UNREAD;
use serde_json::json;
use tokio::time::Instant;

use crate::client::api::Api;
use crate::client::metrics;
use crate::client::request::Request;
use crate::drive::closed::{self, Until};
use crate::error::Error;
use crate::measure::report::Report;
use crate::prepare::people::{self, Person};
use crate::prepare::shots::Shot;
use crate::prepare::town::{Group, Town};
use crate::prepare::words::{Chance, FAMILIES, VOCABULARY, word};
use crate::server::Server;

const CATCH_UP_LIMIT: Duration = Duration::from_secs(1800);
const MEASURE_LIMIT: Duration = Duration::from_secs(600);
/// Rounds before it is measured.
const WARM_UP: u64 = 10;
/// Requests that wait for an answer, and people who are blocked.
const PENDING: usize = 500;
const BLOCKED: usize = 100;
const MOST_MEMBERS: usize = 999;
const FEW_MEMBERS: usize = 19;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// People, of whom one asks
    #[arg(long, default_value_t = 100_000)]
    people: usize,
    /// Their friends
    #[arg(long, default_value_t = 10_000)]
    friends: usize,
    /// Groups that they are in: one of a thousand, the others of twenty
    #[arg(long, default_value_t = 1_000)]
    rooms: usize,
    /// Messages in these, half of them in the first
    #[arg(long, default_value_t = 1_000_000)]
    messages: usize,
    /// How often each query is asked, over one connection
    #[arg(long, default_value_t = 300)]
    rounds: u64,
}

pub(crate) async fn run(args: &Args, server: &mut Server) -> Result<Report, Error> {
    if args.rooms == 0 || args.people < args.friends + PENDING + BLOCKED || args.people < MOST_MEMBERS {
        let text = format!("there must be a room, and {} people more than friends", PENDING + BLOCKED);
        return Err(Error::Setting(text));
    }
    let mut asker = people::sign_up(server.address(), 1).await?;
    server.stop().await?;
    let mut report = Report::new("queries");
    let began = Instant::now();
    let (first, friend) = fill(args, server, &asker[0]).await?;
    report.number("filling_s", began.elapsed().as_secs_f64());
    server.start().await?;
    let began = Instant::now();
    let caught_up = metrics::settled(server.address(), CATCH_UP_LIMIT).await?;
    report.value("read_models_caught_up", json!(caught_up)).number("catching_up_s", began.elapsed().as_secs_f64());
    people::renew(server.address(), &mut asker).await?;
    let queries = queries(server, &asker[0], &first, friend, args).await?;
    measure(args, server, &asker[0], &queries, &mut report).await?;
    Ok(report)
}

/// Gives the largest room, and a friend.
async fn fill(args: &Args, server: &Server, asker: &Person) -> Result<(Group, UserId), Error> {
    let one: UserId = asker.id.parse().map_err(|_| Error::Malformed("a user's id"))?;
    let (town, mut chance) = (Town::open(&server.settings()?).await?, Chance::new());
    let people = town.people(&mut chance, args.people).await?;
    let others = &people[..args.friends + PENDING + BLOCKED];
    town.befriend(one, others, args.friends, BLOCKED).await?;
    let mut groups = vec![town.group(one, &people[..MOST_MEMBERS]).await?];
    for _ in 1..args.rooms {
        let begin = chance.below(people.len() - FEW_MEMBERS);
        groups.push(town.group(one, &people[begin..begin + FEW_MEMBERS]).await?);
    }
    let told = town.talk(&mut chance, &groups, args.messages).await?;
    town.tell(one, told).await?;
    town.close().await?;
    Ok((groups.swap_remove(0), people[0]))
}

async fn measure(
    args: &Args,
    server: &Server,
    asker: &Person,
    queries: &[(&'static str, String)],
    report: &mut Report,
) -> Result<(), Error> {
    let shot = |(kind, (_, path)): (usize, &(_, String))| Shot::new(kind, Request::get(path, &asker.token), 200);
    let shots = [queries.iter().enumerate().map(shot).collect()];
    let mut connections = closed::connect(server.address(), 1).await?;
    let of = |rounds| Until::Done { count: rounds * queries.len() as u64, limit: MEASURE_LIMIT };
    let warm_up = closed::drive(server, &mut connections, &shots, of(WARM_UP)).await?;
    let outcome = closed::drive(server, &mut connections, &shots, of(args.rounds)).await?;
    for ((name, _), latency) in queries.iter().zip(&outcome.latency) {
        report.latency(*name, latency);
    }
    let slowest = outcome.latency.iter().map(|latency| latency.millis(0.99)).fold(0.0, f64::max);
    report.number("slowest_p99_ms", slowest).errors(warm_up.errors).errors(outcome.errors);
    Ok(())
}

/// What is asked: the figure's name, and the path.
async fn queries(
    server: &Server,
    asker: &Person,
    first: &Group,
    friend: UserId,
    args: &Args,
) -> Result<Vec<(&'static str, String)>, Error> {
    let mut api = Api::open(server.address()).await?;
    let cursor = async |api: &mut Api, path: &str| api.get(path, &asker.token).await?.text("next_cursor");
    let friends = cursor(&mut api, "/api/friends?limit=100").await?;
    let (mut told, mut pages) = (cursor(&mut api, "/api/notifications?limit=100").await?, 1);
    while pages * 100 < MOST_UNREAD {
        told = cursor(&mut api, &format!("/api/notifications?limit=100&cursor={told}")).await?;
        pages += 1;
    }
    let searched = cursor(&mut api, &format!("/api/users/search?q={}&limit=100", &word(0)[..2])).await?;
    let mut all = of_messages(first, args.messages);
    all.extend(of_people(friend, &searched));
    all.extend(of_friends(&friends));
    all.extend([
        ("rooms", "/api/chat-rooms?limit=50".to_owned()),
        ("rooms_skipped", format!("/api/chat-rooms?limit=50&skip={}", args.rooms / 2)),
        ("notifications", "/api/notifications?limit=50".to_owned()),
        ("notifications_later", format!("/api/notifications?limit=50&cursor={told}")),
        ("notifications_unread", "/api/notifications?unread=true&limit=50".to_owned()),
        ("notifications_unread_none", format!("/api/notifications?unread=true&limit=50&cursor={told}")),
        ("notifications_count", "/api/notifications/unread-count".to_owned()),
    ]);
    Ok(all)
}

fn of_messages(first: &Group, messages: usize) -> Vec<(&'static str, String)> {
    let (room, middle) = (first.id, messages / 4);
    let search = |words: &[String]| format!("/api/messages/search?limit=50&q={}", words.join("%20"));
    let in_room = |words: &[String]| format!("{}&room_id={room}", search(words));
    let (frequent, rare) = (word(0), word(VOCABULARY - 7));
    vec![
        ("timeline", format!("/api/messages?room_id={room}&limit=50")),
        ("timeline_before", format!("/api/messages?room_id={room}&limit=50&before={middle}")),
        ("timeline_after", format!("/api/messages?room_id={room}&limit=50&after={middle}")),
        ("timeline_skipped", format!("/api/messages?room_id={room}&limit=50&skip={middle}")),
        ("room", format!("/api/chat-rooms/{room}")),
        ("room_unread", format!("/api/messages/room/{room}/unread-count")),
        ("search_frequent", search(std::slice::from_ref(&frequent))),
        ("search_rare", search(std::slice::from_ref(&rare))),
        ("search_two_frequent", search(&[frequent.clone(), word(1)])),
        ("search_two_apart", search(&[word(400), word(401)])),
        ("search_three", search(&[word(2), word(3), word(50)])),
        ("search_nothing", search(&[frequent.clone(), "zzz".to_owned()])),
        ("search_room_frequent", in_room(std::slice::from_ref(&frequent))),
        ("search_room_rare", in_room(std::slice::from_ref(&rare))),
        ("search_room_two_apart", in_room(&[word(400), word(401)])),
    ]
}

fn of_people(friend: UserId, searched: &str) -> Vec<(&'static str, String)> {
    let search = |q: &str| format!("/api/users/search?limit=50&q={q}");
    let (frequent, rare) = (word(0), word(FAMILIES - 3));
    vec![
        ("user", format!("/api/users/{friend}")),
        ("users_beginning", search(&frequent[..2])),
        ("users_beginning_later", format!("{}&cursor={searched}", search(&frequent[..2]))),
        ("users_letter", search(&frequent[..1])),
        ("users_frequent", search(&frequent)),
        ("users_rare", search(&rare)),
        ("users_two_frequent", search(&format!("{frequent}%20{}", word(1)))),
        ("users_two_letters", search(&format!("{}%20{}", &frequent[..1], &rare[..1]))),
        ("users_frequent_and_rare", search(&format!("{frequent}%20{rare}"))),
        ("users_two_apart", search(&format!("{frequent}%20{}", "zzz"))),
        ("users_nobody", search("zzz")),
    ]
}

fn of_friends(later: &str) -> Vec<(&'static str, String)> {
    let search = |q: &str| format!("/api/friends/search?limit=50&q={q}");
    let (frequent, rare) = (word(0), word(FAMILIES - 3));
    vec![
        ("friends", "/api/friends?limit=50".to_owned()),
        ("friends_later", format!("/api/friends?limit=50&cursor={later}")),
        ("friends_online", "/api/online-status/friends?limit=100".to_owned()),
        ("friends_beginning", search(&frequent[..1])),
        ("friends_frequent", search(&frequent)),
        ("friends_rare", search(&rare)),
        ("friends_two", search(&format!("{frequent}%20{}", word(1)))),
        ("friends_two_apart", search(&format!("{frequent}%20{rare}"))),
        ("friends_nobody", search("zzz")),
        ("friend_requests", "/api/friends/requests".to_owned()),
        ("blocks", "/api/friends/blocks?limit=50".to_owned()),
    ]
}
