//! What one-row commits cost on the same PostgreSQL, and what sends do through one command process and through two.

use serde_json::json;

use crate::cli::{Crowd, Window};
use crate::client::connection::Connection;
use crate::drive::closed::{self, Outcome};
use crate::error::Error;
use crate::measure::pgbench::Pgbench;
use crate::measure::report::{Report, rate};
use crate::prepare::shots::Shot;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    /// Rooms of the sends
    #[arg(long, default_value_t = 50)]
    rooms: usize,
    /// Rounds of commits, one process, two processes
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measured time of each in each round, in whole seconds
    #[arg(long, default_value_t = 4)]
    duration: u32,
    /// Time under load before the sends of each, in seconds
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
}

/// Sends over some connections, all rounds together.
#[derive(Default)]
struct Sends {
    total: Option<Outcome>,
    rates: Vec<f64>,
}

impl Sends {
    async fn go(
        &mut self,
        server: &Server,
        connections: &mut Vec<Connection>,
        shots: &[Vec<Shot>],
        window: Window,
    ) -> Result<(), Error> {
        let outcome = closed::drive(server, connections, shots, window.into()).await?;
        self.rates.push(rate(outcome.done(), outcome.elapsed));
        match &mut self.total {
            Some(total) => total.merge(outcome),
            None => self.total = Some(outcome),
        }
        Ok(())
    }

    fn into_report(self, name: &str, report: &mut Report) {
        let Some(total) = self.total else { return };
        report
            .latency(name, &total.overall())
            .rate(format!("{name}_per_s"), total.done(), total.elapsed)
            .usage(&format!("{name}_"), total.usage, total.done())
            .errors(total.errors);
    }
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let pgbench = Pgbench::prepare().await?;
    let mut second = server.another(100, "command").await?;
    let result = measure(args, server, &second, &pgbench).await;
    second.stop().await?;
    pgbench.clean().await?;
    result
}

async fn measure(args: &Args, server: &Server, second: &Server, pgbench: &Pgbench) -> Result<Report, Error> {
    let (address, count) = (server.address(), args.crowd.connections);
    let window = Window { duration: args.duration.into(), warm_up: args.warm_up };
    let people = people::sign_up(address, args.crowd.users).await?;
    let rooms = rooms::open(address, &people, args.rooms).await?;
    let shots = shots::sends(&people, &rooms, count);
    let mut to_one = closed::connect(address, count).await?;
    let mut to_two = closed::connect(address, count - count / 2).await?;
    to_two.extend(closed::connect(second.address(), count / 2).await?);
    let (mut commits, mut one, mut two) = (vec![], Sends::default(), Sends::default());
    for _ in 0..args.rounds {
        commits.push(pgbench.commits_per_s(count, args.duration).await?);
        one.go(server, &mut to_one, &shots, window).await?;
        two.go(server, &mut to_two, &shots, window).await?;
    }
    Ok(report(&commits, one, two))
}

fn report(commits: &[f64], one: Sends, two: Sends) -> Report {
    let mut report = Report::new("commits");
    report
        .number("one_per_commits", mean(&one.rates) / mean(commits))
        .number("two_per_one", mean(&two.rates) / mean(&one.rates))
        .value("one_per_commits_rounds", json!(ratios(&one.rates, commits)))
        .value("two_per_one_rounds", json!(ratios(&two.rates, &one.rates)))
        .number("commits_per_s", mean(commits));
    one.into_report("one", &mut report);
    two.into_report("two", &mut report);
    report
}

fn mean(rates: &[f64]) -> f64 {
    rates.iter().sum::<f64>() / rates.len().max(1) as f64
}

/// Of each round, so that a spread can be seen.
fn ratios(above: &[f64], below: &[f64]) -> Vec<f64> {
    above.iter().zip(below).map(|(above, below)| (above / below * 100.0).round() / 100.0).collect()
}
