//! A room with a very long past: what it costs to write on, to fold again and to start with.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::api::Api;
use crate::client::metrics;
use crate::client::request::Request;
use crate::clock;
use crate::drive::closed::{self, Outcome, Until};
use crate::error::Error;
use crate::measure::report::{Report, rate};
use crate::measure::tally::Tally;
use crate::prepare::people::{self, Person};
use crate::prepare::rooms::{self, Room};
use crate::prepare::shots::{self, Shot};
use crate::server::Server;

/// Messages between two looks at the clock and at the tokens.
const STRETCH: u64 = 50_000;
/// For one stretch; well within the life of an access token together with `RENEW_AFTER`.
const STRETCH_LIMIT: Duration = Duration::from_secs(420);
/// Access tokens live 15 minutes.
const RENEW_AFTER: Duration = Duration::from_secs(300);
const CATCH_UP_LIMIT: Duration = Duration::from_secs(600);
/// After the restart, before the idle memory is read.
const IDLE_AFTER: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Messages in the grown room
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Members of both rooms, each sending over a connection of their own
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// Measured time of the sends into both rooms by turns, over one connection, in seconds
    #[arg(long, default_value_t = 20.0)]
    duration: f64,
    /// Time of the same before measuring, in seconds
    #[arg(long, default_value_t = 2.0)]
    warm_up: f64,
    /// Also fold the timeline anew, beside the running server
    #[arg(long)]
    rebuild: bool,
    /// Give up growing after so many seconds
    #[arg(long, default_value_t = 3600.0)]
    limit: f64,
}

pub(crate) async fn run(args: &Args, server: &mut Server) -> Result<Report, Error> {
    let address = server.address();
    let mut people = people::sign_up(address, args.users).await?;
    let grown = rooms::of_all(address, &people).await?;
    let mut report = Report::new("history");
    grow(args, server, &mut people, &grown, &mut report).await?;
    let began = Instant::now();
    let caught_up = metrics::settled(address, CATCH_UP_LIMIT).await?;
    report.value("read_models_caught_up", json!(caught_up)).number("catching_up_s", began.elapsed().as_secs_f64());
    people::renew(address, &mut people).await?;
    let empty = rooms::of_all(address, &people).await?;
    if let Err(error) = measure(args, server, &mut people, [&grown, &empty], &mut report).await {
        report.failure(&error);
    }
    Ok(report)
}

/// What comes after the long growing; should it fail, the figures so far are still said.
async fn measure(
    args: &Args,
    server: &mut Server,
    people: &mut [Person],
    rooms: [&Room; 2],
    report: &mut Report,
) -> Result<(), Error> {
    compare(args, server, people, rooms, report).await?;
    search(args, server, people, rooms[0], report).await?;
    if !server.is_ours() {
        return Ok(());
    }
    if args.rebuild
        && let Err(error) = rebuild(server, report).await
    {
        report.failure(&error);
    }
    restart(server, report).await?;
    people::renew(server.address(), people).await?;
    send_first(server, people, rooms, report).await
}

/// Sends until the room has its messages, in stretches, so that tokens can be renewed between them.
async fn grow(
    args: &Args,
    server: &Server,
    people: &mut [Person],
    room: &Room,
    report: &mut Report,
) -> Result<(), Error> {
    let mut connections = closed::connect(server.address(), people.len()).await?;
    let (began, mut renewed) = (Instant::now(), Instant::now());
    let mut growth = Growth::default();
    while growth.total < args.messages {
        if began.elapsed() > clock::seconds(args.limit) {
            return Err(Error::TimedOut("growing the room"));
        }
        if renewed.elapsed() > RENEW_AFTER {
            people::renew(server.address(), people).await?;
            renewed = Instant::now();
        }
        let shots = sends(people, room, people.len());
        let until = Until::Done { count: STRETCH.min(args.messages - growth.total), limit: STRETCH_LIMIT };
        growth.add(closed::drive(server, &mut connections, &shots, until).await?, args.messages);
    }
    growth.say(report, began.elapsed());
    Ok(())
}

#[derive(Default)]
struct Growth {
    total: u64,
    /// Of each stretch, per second.
    rates: Vec<f64>,
    errors: Tally,
}

impl Growth {
    fn add(&mut self, stretch: Outcome, wanted: u64) {
        let rate = rate(stretch.done(), stretch.elapsed).round();
        self.total += stretch.done();
        self.rates.push(rate);
        self.errors.merge(stretch.errors);
        eprintln!("load: {} of {wanted} messages, {rate} a second", self.total);
    }

    fn say(self, report: &mut Report, elapsed: Duration) {
        report
            .number("messages", self.total as f64)
            .rate("growth_per_s", self.total, elapsed)
            .maybe("growth_first_per_s", self.rates.first().copied())
            .maybe("growth_last_per_s", self.rates.last().copied())
            .errors(self.errors);
    }
}

fn sends(people: &[Person], room: &Room, connections: usize) -> Vec<Vec<Shot>> {
    shots::sends(people, std::slice::from_ref(room), connections)
}

/// One connection sends into the grown room and into the empty one by turns.
async fn compare(
    args: &Args,
    server: &Server,
    people: &[Person],
    rooms: [&Room; 2],
    report: &mut Report,
) -> Result<(), Error> {
    let shot = |(kind, room): (usize, &Room)| Shot::new(kind, Request::message(&room.id, &people[0].token), 201);
    let shots = [rooms.into_iter().enumerate().map(shot).collect()];
    let until = Until::Elapsed { warm_up: clock::seconds(args.warm_up), length: clock::seconds(args.duration) };
    let mut connections = closed::connect(server.address(), 1).await?;
    let outcome = closed::drive(server, &mut connections, &shots, until).await?;
    say_ratios(report, &outcome);
    report.usage("alternating_", outcome.usage, outcome.done()).errors(outcome.errors);
    Ok(())
}

/// One connection searches the grown room, and all rooms, by turns: for words that stand in every message, and in none together.
async fn search(
    args: &Args,
    server: &Server,
    people: &[Person],
    grown: &Room,
    report: &mut Report,
) -> Result<(), Error> {
    let shot = |(kind, query): (usize, String)| {
        Shot::new(kind, Request::get(&format!("/api/messages/search?{query}"), &people[0].token), 200)
    };
    let of_room = format!("&room_id={}", grown.id);
    let queries = [format!("q=load%20message{of_room}"), "q=message".to_owned(), format!("q=load%20zebra{of_room}")];
    let shots = [queries.into_iter().enumerate().map(shot).collect()];
    let until = Until::Elapsed { warm_up: clock::seconds(args.warm_up), length: clock::seconds(args.duration) };
    let mut connections = closed::connect(server.address(), 1).await?;
    let outcome = closed::drive(server, &mut connections, &shots, until).await?;
    for (name, latency) in ["search_room", "search_all", "search_nothing"].iter().zip(&outcome.latency) {
        report.latency(*name, latency);
    }
    report.errors(outcome.errors);
    Ok(())
}

fn say_ratios(report: &mut Report, outcome: &Outcome) {
    let [grown, empty] = &outcome.latency[..] else {
        return;
    };
    report.latency("grown_room", grown).latency("empty_room", empty);
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
        let ratio = grown.millis(quantile) / empty.millis(quantile);
        report.number(format!("grown_per_empty_{name}"), ratio);
    }
}

/// The rate is the command's own where it says events and seconds, else taken over its whole run.
async fn rebuild(server: &Server, report: &mut Report) -> Result<(), Error> {
    let words = ["rebuild", "timeline", "--json"];
    let (said, elapsed) = server.subcommand(&words).await?;
    let events = said["events"].as_f64();
    let seconds = said["seconds"].as_f64().unwrap_or(elapsed.as_secs_f64());
    report
        .number("rebuild_command_s", elapsed.as_secs_f64())
        .maybe("rebuild_events_per_s", events.map(|events| events / seconds))
        .value("rebuild_said", limited(said));
    Ok(())
}

fn limited(said: Value) -> Value {
    match said.to_string().len() {
        0..2000 => said,
        _ => Value::Null,
    }
}

async fn restart(server: &mut Server, report: &mut Report) -> Result<(), Error> {
    let began = Instant::now();
    server.stop().await?;
    report.number("stop_ms", began.elapsed().as_secs_f64() * 1e3);
    let ready = server.start().await?;
    sleep(IDLE_AFTER).await;
    let memory = server.memory();
    report
        .number("ready_ms", ready.as_secs_f64() * 1e3)
        .maybe("idle_rss_mb", memory.map(|memory| memory.resident / 1e6))
        .maybe("idle_rss_anon_mb", memory.map(|memory| memory.anonymous / 1e6));
    Ok(())
}

/// What the first send into a room takes in a process that does not know the room yet.
async fn send_first(server: &Server, people: &[Person], rooms: [&Room; 2], report: &mut Report) -> Result<(), Error> {
    let mut api = Api::open(server.address()).await?;
    for (name, room) in ["grown", "empty"].into_iter().zip(rooms) {
        let body = json!({ "room_id": room.id, "content": "the first after the restart" });
        let began = Instant::now();
        api.post("/api/messages", &people[0].token, &body).await?;
        report.number(format!("first_send_{name}_ms"), began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
