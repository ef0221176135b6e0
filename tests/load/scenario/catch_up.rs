//! From the event store to the brokers and from there to the read models, each from the very beginning.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::metrics;
use crate::drive::closed::{self, Until};
use crate::error::Error;
use crate::measure::raw;
use crate::measure::report::Report;
use crate::prepare::{people, rooms, shots};
use crate::server::Server;

/// How often it is looked how much is left: seldom enough that looking takes nothing from what is measured.
const LOOK: Duration = Duration::from_millis(100);
/// What part of all messages must have been seen to be left.
const NOTICED: f64 = 0.1;
const GROWING: Duration = Duration::from_secs(600);
const CATCHING_UP: Duration = Duration::from_secs(600);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Messages to send before anything follows them
    #[arg(long, default_value_t = 300_000)]
    messages: u64,
    /// People who send them, in as many rooms, over as many connections
    #[arg(long, default_value_t = 50)]
    users: usize,
}

pub(crate) async fn run(args: &Args, server: &mut Server) -> Result<Report, Error> {
    if std::env::var("CHAT_ROLES").as_deref() != Ok("command") {
        return Err(Error::Setting("nothing may follow yet: set CHAT_ROLES=command".to_owned()));
    }
    let mut report = Report::new("catch-up");
    grow(args, server, &mut report).await?;
    // Its process managers would read along, and append.
    server.stop().await?;
    let mut relay = server.another(200, "relay").await?;
    let least = args.messages as f64 * NOTICED;
    let relayed = Way::follow(&relay, "chat_relay_lag_events", least).await?;
    report.number("relayed_events", relayed.events).number("relay_events_per_s", relayed.per_s());
    report.usage("relay_", relay.usage(), relayed.events as u64);
    relay.stop().await?;
    let mut projector = server.another(300, "projector").await?;
    let projected = Way::follow(&projector, "chat_projection_lag_events", least).await?;
    report.number("projected_events", projected.events).number("projection_events_per_s", projected.per_s());
    report.usage("projection_", projector.usage(), projected.events as u64);
    projector.stop().await?;
    let raw = raw::measure().await?;
    report
        .number("raw_records", raw.records as f64)
        .number("raw_read_s", raw.read.as_secs_f64())
        .number("raw_inserted_rows", raw.rows as f64)
        .number("raw_insert_s", raw.insert.as_secs_f64())
        .number("projected_s", projected.time.as_secs_f64())
        .number("projection_per_raw", (raw.read + raw.insert).as_secs_f64() / projected.time.as_secs_f64());
    Ok(report)
}

async fn grow(args: &Args, server: &Server, report: &mut Report) -> Result<(), Error> {
    let address = server.address();
    let people = people::sign_up(address, args.users).await?;
    let rooms = rooms::open(address, &people, args.users).await?;
    let shots = shots::sends(&people, &rooms, args.users);
    let mut connections = closed::connect(address, args.users).await?;
    let until = Until::Done { count: args.messages, limit: GROWING };
    let grown = closed::drive(server, &mut connections, &shots, until).await?;
    report
        .number("messages", grown.done() as f64)
        .rate("sends_per_s", grown.done(), grown.elapsed)
        .errors(grown.errors);
    Ok(())
}

/// What was caught up, and in what time: from the last look at which everything was still to do.
struct Way {
    events: f64,
    time: Duration,
}

impl Way {
    /// Until nothing is left, after `least` was: who has not looked at everything yet sees little to do.
    async fn follow(process: &Server, lag: &str, least: f64) -> Result<Self, Error> {
        let (began, mut most) = (Instant::now(), (0.0, Instant::now()));
        while began.elapsed() < CATCHING_UP {
            match metrics::read(process.address(), lag).await?.unwrap_or(0.0) {
                left if left >= most.0 => most = (left, Instant::now()),
                left if left > 0.0 || most.0 < least => {}
                _ => return Ok(Self { events: most.0, time: most.1.elapsed() }),
            }
            sleep(LOOK).await;
        }
        Err(Error::TimedOut("catching up"))
    }

    fn per_s(&self) -> f64 {
        self.events / self.time.as_secs_f64()
    }
}
