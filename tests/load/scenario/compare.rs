//! Ceiling, send and hot in turn on the same connections, so that a machine whose speed drifts treats them alike.

use serde_json::json;

use crate::cli::{Crowd, Window};
use crate::client::connection::Connection;
use crate::drive::closed::{self, Outcome};
use crate::error::Error;
use crate::measure::report::{Report, rate};
use crate::prepare::shots::Shot;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    crowd: Crowd,
    /// Rooms of `send`
    #[arg(long, default_value_t = 50)]
    rooms: usize,
    /// Rounds of ceiling, send, hot
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measured time of each in each round, in seconds
    #[arg(long, default_value_t = 3.0)]
    duration: f64,
    /// Time under load before each, in seconds
    #[arg(long, default_value_t = 0.5)]
    warm_up: f64,
}

/// One of the three, over all rounds.
struct Part {
    name: &'static str,
    shots: Vec<Vec<Shot>>,
    total: Option<Outcome>,
    /// Of each round, per second.
    rates: Vec<f64>,
}

impl Part {
    fn new(name: &'static str, shots: Vec<Vec<Shot>>) -> Self {
        Self { name, shots, total: None, rates: Vec::new() }
    }

    async fn go(&mut self, server: &Server, connections: &mut Vec<Connection>, window: Window) -> Result<(), Error> {
        let outcome = closed::drive(server, connections, &self.shots, window.into()).await?;
        self.rates.push(rate(outcome.done(), outcome.elapsed));
        match &mut self.total {
            Some(total) => total.merge(outcome),
            None => self.total = Some(outcome),
        }
        Ok(())
    }

    fn rate(&self) -> f64 {
        let total = self.total.as_ref();
        total.map_or(0.0, |total| rate(total.done(), total.elapsed))
    }

    fn into_report(self, report: &mut Report) {
        let (name, rate) = (self.name, self.rate());
        let Some(total) = self.total else { return };
        report
            .latency(name, &total.overall())
            .number(format!("{name}_per_s"), rate)
            .usage(&format!("{name}_"), total.usage, total.done())
            .errors(total.errors);
    }
}

pub(crate) async fn run(args: &Args, server: &Server) -> Result<Report, Error> {
    let window = Window { duration: args.duration, warm_up: args.warm_up };
    let mut parts = prepare(args, server).await?;
    let mut connections = closed::connect(server.address(), args.crowd.connections).await?;
    for _ in 0..args.rounds {
        for part in &mut parts {
            part.go(server, &mut connections, window).await?;
        }
    }
    Ok(report(parts))
}

async fn prepare(args: &Args, server: &Server) -> Result<[Part; 3], Error> {
    let (address, count) = (server.address(), args.crowd.connections);
    let people = people::sign_up(address, args.crowd.users).await?;
    let many = rooms::open(address, &people, args.rooms).await?;
    let one = rooms::of_all(address, &people).await?;
    Ok([
        Part::new("ceiling", shots::ceiling(&people, count)),
        Part::new("send", shots::sends(&people, &many, count)),
        Part::new("hot", shots::sends(&people, &[one], count)),
    ])
}

fn report(parts: [Part; 3]) -> Report {
    let mut report = Report::new("compare");
    let [ceiling, send, hot] = &parts;
    report
        .number("send_per_ceiling", send.rate() / ceiling.rate())
        .number("hot_per_send", hot.rate() / send.rate())
        .value("send_per_ceiling_rounds", json!(ratios(send, ceiling)))
        .value("hot_per_send_rounds", json!(ratios(hot, send)));
    for part in parts {
        part.into_report(&mut report);
    }
    report
}

/// Of each round, so that a spread can be seen.
fn ratios(above: &Part, below: &Part) -> Vec<f64> {
    let ratio = |(above, below): (&f64, &f64)| (above / below * 1000.0).round() / 1000.0;
    above.rates.iter().zip(&below.rates).map(ratio).collect()
}
