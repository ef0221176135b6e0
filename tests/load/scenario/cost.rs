//! What it costs to watch: scraping, logging and tracing, off and on by turns within one run, so that a machine whose speed drifts
//! treats them alike.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::cli::{Crowd, Window};
use crate::client::connection::Connection;
use crate::client::metrics;
use crate::client::request::Request;
use crate::clock;
use crate::drive::closed::{self, Outcome};
use crate::error::Error;
use crate::measure::report::{Report, rate};
use crate::measure::spread::Spread;
use crate::measure::tally::Tally;
use crate::prepare::shots::Shot;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;
use crate::sink::Sink;

/// Of Prometheus, in seconds: infra/deploy/prometheus/prometheus.yml.
const SCRAPED_EVERY: f64 = 15.0;
/// How many of all traces are told.
const RATIO: &str = "0.01";
const CATCH_UP_LIMIT: Duration = Duration::from_secs(60);
const SCRAPE_LIMIT: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    /// Rooms that are sent into
    #[arg(long, default_value_t = 50)]
    rooms: usize,
    /// Rounds; in each the server is started anew for each of nothing, logs and traces
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Measured time of each in each round, and of idling between scrapes, in seconds
    #[arg(long, default_value_t = 3.0)]
    duration: f64,
    /// Time under load before each, in seconds
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Scrapes a round
    #[arg(long, default_value_t = 500)]
    scrapes: u32,
}

/// One way of being watched, over all rounds.
struct Watched {
    name: &'static str,
    settings: Vec<(&'static str, String)>,
    /// Sends a second of each round.
    rates: Vec<f64>,
    /// The server's CPU time for a send of each round, in microseconds; unknown is 0.
    cpu: Vec<f64>,
}

impl Watched {
    fn new(name: &'static str, log: &str, traces: &str) -> Self {
        let settings = [("CHAT_LOG", log), ("CHAT_OTLP", traces), ("CHAT_OTLP_RATIO", RATIO)];
        let settings = settings.map(|(name, value)| (name, value.to_owned())).into();
        Self { name, settings, rates: Vec::new(), cpu: Vec::new() }
    }

    async fn go(&mut self, server: &mut Server, load: &Load, errors: &mut Tally) -> Result<(), Error> {
        let outcome = load.on(server, &self.settings).await?;
        self.rates.push(rate(outcome.done(), outcome.elapsed));
        self.cpu.push(outcome.usage.server.unwrap_or_default() * 1e6 / outcome.done().max(1) as f64);
        errors.merge(outcome.errors);
        Ok(())
    }
}

/// What all rounds send.
struct Load {
    shots: Vec<Vec<Shot>>,
    window: Window,
}

impl Load {
    /// What a process of its own reaches with these settings; all have the same folder.
    async fn on(&self, server: &mut Server, settings: &[(&'static str, String)]) -> Result<Outcome, Error> {
        server.again(settings).await?;
        let mut connections = closed::connect(server.address(), self.shots.len()).await?;
        closed::drive(server, &mut connections, &self.shots, self.window.into()).await
    }
}

pub(crate) async fn run(args: &Args, server: &mut Server) -> Result<Report, Error> {
    if !server.is_ours() {
        return Err(Error::Setting(
            "cost starts its server again and again: it can not be one that runs already".to_owned(),
        ));
    }
    let sink = Sink::open().await?;
    let load = prepare(args, server).await?;
    let mut watched =
        [Watched::new("off", "off", ""), Watched::new("logs", "info", ""), Watched::new("traces", "off", &sink.url())];
    let (mut report, mut errors) = (Report::new("cost"), Tally::default());
    for round in 0..args.rounds {
        // Each takes each place in turn.
        for place in 0..watched.len() {
            watched[(round + place) % watched.len()].go(server, &load, &mut errors).await?;
        }
    }
    let [off, logs, traces] = &watched;
    // As it runs with everybody: with logs, and all that a busy process counts.
    errors.merge(load.on(server, &logs.settings).await?.errors);
    scrapes(args, server, &mut report).await?;
    say_sends(&mut report, off);
    for on in [logs, traces] {
        say_sends(&mut report, on);
        say_cost(&mut report, off, on);
    }
    // The last batch is told as the process ends; without any, nothing was measured.
    if sink.batches() == 0 {
        errors.count("no traces", || "the server exported none".to_owned());
    }
    report.number("trace_batches", sink.batches() as f64).errors(errors);
    Ok(report)
}

async fn prepare(args: &Args, server: &Server) -> Result<Load, Error> {
    let people = people::sign_up(server.address(), args.crowd.users).await?;
    let rooms = rooms::open(server.address(), &people, args.rooms).await?;
    let window = Window { duration: args.duration, warm_up: args.warm_up };
    Ok(Load { shots: shots::sends(&people, &rooms, args.crowd.connections), window })
}

/// The CPU time that scrapes take, as often as they are answered, without what the server takes anyway.
async fn scrapes(args: &Args, server: &Server, report: &mut Report) -> Result<(), Error> {
    metrics::settled(server.address(), CATCH_UP_LIMIT).await?;
    let request = Request::render("GET", "/metrics", None, None, "");
    let mut connection = Connection::open(server.address()).await?;
    let (mut each, mut bytes) = (Vec::new(), 0);
    for _ in 0..args.rounds {
        let idling = async {
            sleep(clock::seconds(args.duration)).await;
            Ok(())
        };
        let idle = cpu_per_s(server, idling).await?;
        let scraping = async {
            for _ in 0..args.scrapes {
                bytes = scrape(&mut connection, &request).await?;
            }
            Ok(())
        };
        let began = Instant::now();
        let busy = cpu_per_s(server, scraping).await?;
        let (time, count) = (began.elapsed().as_secs_f64(), f64::from(args.scrapes.max(1)));
        each.extend(busy.zip(idle).map(|(busy, idle)| (busy - idle).max(0.0) * time / count));
    }
    let percent: Vec<f64> = each.iter().map(|seconds| 100.0 * seconds / SCRAPED_EVERY).collect();
    say_spread(report, "scrapes_core_percent", &percent);
    report.number("scrape_bytes", bytes as f64);
    report.maybe("scrape_cpu_ms", Spread::of(&each).map(|each| each.median * 1e3));
    Ok(())
}

/// The size of what it answers, in bytes.
async fn scrape(connection: &mut Connection, request: &Request) -> Result<usize, Error> {
    let reply = timeout(SCRAPE_LIMIT, connection.exchange(request.bytes())).await;
    let reply = reply.map_err(|_| Error::TimedOut("GET /metrics"))??;
    match reply.status {
        200 => Ok(reply.body.len()),
        status => Err(Error::Refused { call: "GET /metrics".to_owned(), status, body: String::new() }),
    }
}

/// CPU seconds of the server in each second of `work`.
async fn cpu_per_s(server: &Server, work: impl Future<Output = Result<(), Error>>) -> Result<Option<f64>, Error> {
    let (began, before) = (Instant::now(), server.usage());
    work.await?;
    let (used, time) = (server.usage().since(before), began.elapsed().as_secs_f64());
    Ok(used.server.map(|seconds| seconds / time))
}

fn say_sends(report: &mut Report, watched: &Watched) {
    let median = |rounds: &[f64]| Spread::of(rounds).map(|spread| spread.median);
    report
        .maybe(format!("{}_sends_per_s", watched.name), median(&watched.rates))
        .maybe(format!("{}_server_cpu_each_us", watched.name), median(&watched.cpu));
}

/// How many sends fewer there are, and how much CPU more each takes, in percent; less than nothing is the machine's doing.
fn say_cost(report: &mut Report, off: &Watched, on: &Watched) {
    let lost = |(off, on): (&f64, &f64)| 100.0 * (1.0 - on / off);
    let sends: Vec<f64> = off.rates.iter().zip(&on.rates).map(lost).collect();
    let cpu: Vec<f64> = off.cpu.iter().zip(&on.cpu).map(|pair| -lost(pair)).collect();
    say_spread(report, &format!("{}_cost_sends_percent", on.name), &sends);
    say_spread(report, &format!("{}_cost_cpu_percent", on.name), &cpu);
}

/// The median, the quartiles, and each round.
fn say_spread(report: &mut Report, name: &str, rounds: &[f64]) {
    let spread = Spread::of(rounds);
    let short = |value: &f64| (value * 1000.0).round() / 1000.0;
    report
        .maybe(name, spread.map(|spread| spread.median))
        .value(
            format!("{name}_quartiles"),
            json!(spread.map(|it| [short(&it.lower_quartile), short(&it.upper_quartile)])),
        )
        .value(format!("{name}_rounds"), json!(rounds.iter().map(short).collect::<Vec<_>>()));
}
