//! Very many streams on which nothing happens.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::client::live_stream::LiveStream;
use crate::client::metrics;
use crate::clock;
use crate::error::Error;
use crate::measure::report::Report;
use crate::measure::tally::Tally;
use crate::measure::usage::{self, Memory};
use crate::prepare::people::Person;
use crate::prepare::{people, rooms};
use crate::server::Server;

const OTHER_FILES: u64 = 200;
const OPEN_AT_A_TIME: usize = 64;
const OPEN_LIMIT: Duration = Duration::from_secs(300);
/// After opening and after leaving, before the memory is read.
const MOMENT: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Open streams
    #[arg(long, default_value_t = 10_000)]
    subscribers: usize,
    /// Members of the room, who share the streams among them
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// Streams of who is online, and not of a room
    #[arg(long)]
    online: bool,
    /// Time over which the idle CPU is measured, in seconds; the default is one round of the 15 s pings
    #[arg(long, default_value_t = 15.0)]
    duration: f64,
    /// Time between preparing and the first look at the memory, in seconds, so that what the sign-ups took is given back
    #[arg(long, default_value_t = 12.0)]
    settle: f64,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    usage::expect_files(args.subscribers as u64 + OTHER_FILES)?;
    let people = people::sign_up(server.address(), args.users).await?;
    let room = rooms::of_all(server.address(), &people).await?;
    sleep(clock::seconds(args.settle)).await;
    let mut report = Report::new("idle");
    let before = server.memory();
    let began = Instant::now();
    let path = match args.online {
        true => "/api/online-status/stream".to_owned(),
        false => format!("/api/messages/stream/{}", room.id),
    };
    let streams = open(server, &people, &path, args.subscribers).await?;
    report.number("streams", streams.len() as f64).number("opening_s", began.elapsed().as_secs_f64());
    sleep(MOMENT).await;
    let with = server.memory();
    idle_cpu(args, server, &mut report).await;
    say_memory(&mut report, "before", before);
    say_memory(&mut report, "with", with);
    say_per_stream(&mut report, before, with, streams.len());
    report.errors(ended(&streams));
    leave(server, streams, &mut report).await?;
    Ok(report)
}

async fn open(server: &Server, people: &[Person], path: &str, count: usize) -> Result<Vec<TcpStream>, Error> {
    let one = |nth: usize| {
        let token = &people[nth % people.len()].token;
        async move {
            let mut stream = LiveStream::follow(server.address(), nth, path, token).await?;
            stream.connected().await?;
            Ok::<_, Error>(stream.into_socket())
        }
    };
    let all = stream::iter(0..count).map(one).buffer_unordered(OPEN_AT_A_TIME);
    timeout(OPEN_LIMIT, all.try_collect()).await.map_err(|_| Error::TimedOut("opening the streams"))?
}

async fn idle_cpu(args: &Args, server: &Server, report: &mut Report) {
    let (began, before) = (Instant::now(), server.usage());
    sleep(clock::seconds(args.duration)).await;
    let (used, seconds) = (server.usage().since(before), began.elapsed().as_secs_f64());
    report
        .maybe("idle_server_cpu_percent", used.server.map(|cpu| 100.0 * cpu / seconds))
        .number("idle_generator_cpu_percent", 100.0 * used.generator / seconds);
}

async fn leave(server: &Server, streams: Vec<TcpStream>, report: &mut Report) -> Result<(), Error> {
    drop(streams);
    sleep(MOMENT).await;
    say_memory(report, "after_1s", server.memory());
    sleep(LATER).await;
    say_memory(report, "after_11s", server.memory());
    let open = metrics::read(server.address(), "chat_streams_open").await?;
    report.maybe("streams_open_in_the_end", open);
    Ok(())
}

fn say_memory(report: &mut Report, when: &str, memory: Option<Memory>) {
    let megabytes = |bytes: f64| bytes / 1e6;
    report
        .maybe(format!("rss_{when}_mb"), memory.map(|memory| megabytes(memory.resident)))
        .maybe(format!("rss_anon_{when}_mb"), memory.map(|memory| megabytes(memory.anonymous)));
}

fn say_per_stream(report: &mut Report, before: Option<Memory>, with: Option<Memory>, streams: usize) {
    let grown = before.zip(with).map(|(before, with)| with.resident - before.resident);
    report.maybe("bytes_per_subscriber", grown.map(|bytes| bytes / streams.max(1) as f64));
}

/// Streams that the server ended, seen by reading off what has arrived on each.
fn ended(streams: &[TcpStream]) -> Tally {
    let mut tally = Tally::default();
    tally.many("stream ended", streams.iter().filter(|stream| has_ended(stream)).count() as u64);
    tally
}

fn has_ended(stream: &TcpStream) -> bool {
    let mut waste = [0; 1024];
    loop {
        match stream.try_read(&mut waste) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}
