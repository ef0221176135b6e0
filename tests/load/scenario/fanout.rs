//! One room followed by very many.

use crate::cli::Window;
use crate::drive::live::{self, Follower, Outcome, Rate};
use crate::error::Error;
use crate::measure::report::Report;
use crate::measure::usage;
use crate::prepare::{people, rooms};
use crate::server::Server;

/// Files that are no streams.
const OTHER_FILES: u64 = 200;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    window: Window,
    /// Open streams of the room
    #[arg(long, default_value_t = 1000)]
    subscribers: usize,
    /// Members of the room, who share the streams among them
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// Messages a second
    #[arg(long, default_value_t = 50.0)]
    rate: f64,
    /// Connections that send
    #[arg(long, default_value_t = 10)]
    connections: usize,
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    usage::expect_files(args.subscribers as u64 + OTHER_FILES)?;
    let people = people::sign_up(server.address(), args.users).await?;
    let room = rooms::of_all(server.address(), &people).await?;
    let follower = |nth| Follower { room: 0, person: nth % people.len() };
    let followers: Vec<_> = (0..args.subscribers).map(follower).collect();
    let rate = Rate { senders: args.connections, per_second: args.rate, window: args.window };
    let outcome = live::run(server, &people, &[room], &followers, &rate).await?;
    Ok(report("fanout", outcome))
}

pub(super) fn report(scenario: &'static str, outcome: Outcome) -> Report {
    let delivered = outcome.delivered as f64;
    let per_cpu = outcome.usage.server.filter(|cpu| *cpu > 0.0).map(|cpu| delivered / cpu);
    let mut report = Report::new(scenario);
    report
        .latency("delivery", &outcome.deliveries)
        .latency("send", &outcome.sends)
        .rate("sends_per_s", outcome.sends.count(), outcome.elapsed)
        .rate("deliveries_per_s", outcome.delivered, outcome.elapsed)
        .maybe("deliveries_per_server_cpu_s", per_cpu)
        .number("delivered", delivered)
        .number("lost", outcome.lost as f64)
        .number("duplicate", outcome.duplicate as f64)
        .number("reset", outcome.resets as f64)
        .usage("", outcome.usage, outcome.delivered)
        .errors(outcome.errors);
    report
}
