//! A chat to test against: the real process on a data folder of its own, spoken to over HTTP only.
//!
//! Everything here panics with the whole exchange when something is not as awaited: it runs in tests only.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod backups;
mod call;
mod caller;
mod chatting;
mod command_line;
mod deaf;
mod events;
mod house;
mod inbox;
mod own_servers;
mod person;
mod ports;
mod reply;
mod room;
mod shared;
mod stack;
mod stream;
mod traces;
mod trail;
mod way;
mod world;

pub use call::Call;
pub use caller::Caller;
pub use command_line::{Outcome, binary};
pub use deaf::Deaf;
pub use events::{Stored, events, without_holes};
pub use house::House;
pub use own_servers::OwnServers;
pub use person::{PASSWORD, Person};
pub use ports::free_offset;
pub use reply::Reply;
pub use room::Room;
pub use shared::Shared;
pub use stack::{Premises, Servers, is_distributed, server, with_path};
pub use stream::{Frame, Stream, Unopened};
pub use traces::Traces;
pub use trail::Trail;
pub use way::Way;
pub use world::{Options, World};

use std::time::{Duration, Instant};

/// The longest that anything is waited for: far beyond what a loaded machine needs.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again until `check` gives a value, and says what was waited for when it never does.
pub async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Says, past the capturing of output, that a test was not carried out.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    writeln!(std::io::stderr(), "skipped: {test}: {why}").expect("standard error");
}
