//! What is done to whom: planned from the seed alone, so that the same seed does the same again.

use std::fmt;
use std::time::Duration;

use crate::cluster::{self, Kind};
use crate::random::Random;

/// Who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The n-th of our processes.
    Process(usize, Kind),
    /// One broker of three.
    Broker(&'static str),
    /// A server of which there is one, or all brokers.
    Servers(&'static str, &'static [&'static str]),
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// `kill -9`, and started again later.
    Kill,
    /// SIGSTOP, and SIGCONT later.
    Pause,
}

/// One fault.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// How long after the one before it.
    pub(crate) after: Duration,
    pub(crate) target: Target,
    pub(crate) means: Means,
    pub(crate) lasts: Duration,
}

const BROKERS: [&str; 3] = ["kafka1", "kafka2", "kafka3"];
const SERVERS: [(&str, &[&str]); 5] = [
    ("postgres", &["postgres"]),
    ("mysql", &["mysql"]),
    ("mongodb", &["mongodb"]),
    ("redis", &["redis"]),
    ("all brokers", &BROKERS),
];

/// `count` faults, `spacing` from one to the next on average.
pub(crate) fn plan(random: &Random, count: usize, spacing: Duration) -> Vec<Fault> {
    let mut random = random.fork("faults");
    let processes: Vec<_> = cluster::kinds().collect();
    // Every kind of target has its turn before any has the next: few faults are no excuse to spare somebody.
    let mut turns = Vec::new();
    (0..count).map(|_| one(&mut random, &processes, &mut turns, spacing)).collect()
}

fn one(random: &mut Random, processes: &[(Kind, String)], turns: &mut Vec<usize>, spacing: Duration) -> Fault {
    if turns.is_empty() {
        turns.extend(0..20);
    }
    let turn = turns.swap_remove(random.below(turns.len()));
    let target = match turn {
        0..=10 => {
            let index = random.below(processes.len());
            Target::Process(index, processes[index].0)
        }
        11..=13 => Target::Broker(BROKERS[random.below(BROKERS.len())]),
        // One turn each, and one more for somebody.
        14 => server(random.below(SERVERS.len())),
        other => server(other - 15),
    };
    let means = if random.percent(50) { Means::Kill } else { Means::Pause };
    let millis = u64::try_from(spacing.as_millis()).unwrap_or(2_400);
    let after = random.millis(millis / 4, millis * 7 / 4);
    // Mostly about as long as the spacing, so that some overlap; sometimes far longer, past leases and session time-outs.
    let lasts =
        if random.percent(12) { random.millis(millis * 2, millis * 5) } else { random.millis(100, millis * 3 / 2) };
    Fault { after, target, means, lasts }
}

fn server(index: usize) -> Target {
    let (name, members) = SERVERS[index % SERVERS.len()];
    Target::Servers(name, members)
}

impl Fault {
    /// Those who can not have another at the same time.
    pub(crate) fn victims(&self) -> Vec<String> {
        match &self.target {
            Target::Process(index, _) => vec![format!("process {index}")],
            Target::Broker(name) => vec![(*name).to_owned()],
            Target::Servers(_, members) => members.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// What kind it is, as the report counts it.
    pub(crate) fn kind(&self) -> String {
        let means = match self.means {
            Means::Kill => "kill",
            Means::Pause => "pause",
        };
        match &self.target {
            Target::Process(_, kind) => format!("{means} {}", kind.name()),
            Target::Broker(_) => format!("{means} one broker"),
            Target::Servers(name, _) => format!("{means} {name}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} for {:.1} s", self.kind(), self.victims(), self.lasts.as_secs_f64())
    }
}
