//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::scenario::{
    catch_up, ceiling, commits, compare, cost, delivery, fanout, flow, history, hot, idle, queries, read, send,
};

/// Drives a BigTech Chat server and prints what it reached: latencies in milliseconds (p50, p90, p99, p99.9, max),
/// throughput per second, CPU seconds of server and generator apart. Starts the server itself unless `--url` is given.
/// Exits 1 if any request, stream or delivery failed; no figure makes it fail.
#[derive(Parser)]
#[command(name = "load")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

/// What every scenario understands.
#[derive(Args)]
pub(crate) struct Common {
    /// The started server's data folder; without it a temporary one, removed at the end
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Added to all ports of the started server (8000 and so on)
    #[arg(long, global = true, value_name = "N", default_value_t = 17_000)]
    pub(crate) port_offset: u16,
    /// The server to start; without it `bigtech-chat` beside this program
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) server: Option<PathBuf>,
    /// A running server to drive instead, such as http://127.0.0.1:8000
    #[arg(long, global = true)]
    pub(crate) url: Option<String>,
    /// The running server's process id, for its CPU time and memory
    #[arg(long, global = true)]
    pub(crate) pid: Option<u32>,
    /// Threads of this program
    #[arg(long, global = true, default_value_t = 1)]
    pub(crate) threads: usize,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// The nine-step flow of a new pair of people, many at a time: latency of each step (ms)
    Flow(flow::Args),
    /// Durable sends over many connections and rooms, one request in flight on each: sends/s and latency (ms)
    Send(send::Args),
    /// The same with one room, a group of all senders: sends/s and latency (ms)
    Hot(hot::Args),
    /// The yardstick, an empty authenticated POST to the same server (CHAT_CEILING=on): requests/s and latency (ms)
    Ceiling(ceiling::Args),
    /// Ceiling, send and hot in turn, several rounds against one server: the ratios send/ceiling and hot/send
    Compare(compare::Args),
    /// Sends at a fixed rate into rooms that are each followed live: latency from send to SSE frame (ms)
    Delivery(delivery::Args),
    /// One room followed by many at a fixed rate: latency from send to each delivery (ms), what was lost, deliveries per CPU second
    Fanout(fanout::Args),
    /// Many open streams on which nothing happens: bytes of server memory per subscriber and idle CPU (%)
    Idle(idle::Args),
    /// Timeline pages, room lists, friends, profile and unread counts over prepared data: reads/s and latency (ms)
    Read(read::Args),
    /// A room grown to a million messages: send latency there against an empty room (ratio), rebuild rate (events/s), start (ms) and idle memory (MB)
    History(history::Args),
    /// Every query of one person, among very many messages, people and friendships: latency of each (ms)
    Queries(queries::Args),
    /// On PostgreSQL: one-row commits of pgbench, sends through one command process and through two, in turn: their ratios
    Commits(commits::Args),
    /// On Kafka: many sends that nobody relays, then a relay, then projectors, each from the beginning: events/s, and against raw reading and inserting
    CatchUp(catch_up::Args),
    /// Sends with logs and traces off and on by turns, and scrapes: what each takes of the sends/s (%) and of a core (%)
    Cost(cost::Args),
}

/// How long to measure.
#[derive(Args, Clone, Copy)]
pub(crate) struct Window {
    /// Measured time, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    pub(crate) duration: f64,
    /// Time under load before measuring, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    pub(crate) warm_up: f64,
}

/// Who sends.
#[derive(Args, Clone, Copy)]
pub(crate) struct Crowd {
    /// Keep-alive connections, each with one request in flight
    #[arg(long, default_value_t = 50)]
    pub(crate) connections: usize,
    /// People behind the connections
    #[arg(long, default_value_t = 50)]
    pub(crate) users: usize,
}
