//! The scenarios, one a file.

pub(crate) mod catch_up;
pub(crate) mod ceiling;
pub(crate) mod commits;
pub(crate) mod compare;
pub(crate) mod cost;
pub(crate) mod delivery;
pub(crate) mod fanout;
pub(crate) mod flow;
pub(crate) mod history;
pub(crate) mod hot;
pub(crate) mod idle;
pub(crate) mod queries;
pub(crate) mod read;
pub(crate) mod send;

use crate::cli::Scenario;
use crate::drive::closed::Outcome;
use crate::error::Error;
use crate::measure::report::Report;
use crate::server::Server;

pub(crate) async fn run(scenario: &Scenario, server: &mut Server) -> Result<Report, Error> {
    match scenario {
        Scenario::Flow(args) => flow::run(args, server).await,
        Scenario::Send(args) => send::run(args, server).await,
        Scenario::Hot(args) => hot::run(args, server).await,
        Scenario::Ceiling(args) => ceiling::run(args, server).await,
        Scenario::Compare(args) => compare::run(args, server).await,
        Scenario::Delivery(args) => delivery::run(args, server).await,
        Scenario::Fanout(args) => fanout::run(args, server).await,
        Scenario::Idle(args) => idle::run(args, server).await,
        Scenario::Read(args) => read::run(args, server).await,
        Scenario::History(args) => history::run(args, server).await,
        Scenario::Queries(args) => queries::run(args, server).await,
        Scenario::Commits(args) => commits::run(args, server).await,
        Scenario::CatchUp(args) => catch_up::run(args, server).await,
        Scenario::Cost(args) => cost::run(args, server).await,
    }
}

/// The figures of a closed loop with one kind of request.
fn report(scenario: &'static str, outcome: Outcome) -> Report {
    let mut report = Report::new(scenario);
    report
        .latency("latency", &outcome.overall())
        .rate("throughput_per_s", outcome.done(), outcome.elapsed)
        .number("seconds", outcome.elapsed.as_secs_f64())
        .usage("", outcome.usage, outcome.done())
        .errors(outcome.errors);
    report
}
