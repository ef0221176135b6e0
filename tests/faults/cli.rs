//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Kills, stops and takes away processes and servers at random under load, and then checks that nothing acknowledged was lost,
/// doubled or put out of order. Exits 0 only if all of it holds. The servers are its own: infra/dev/stack starts them in the folder
/// that CHAT_STACK names, on ports moved by CHAT_STACK_OFFSET.
#[derive(Debug, Parser)]
#[command(name = "faults")]
pub(crate) struct Cli {
    /// How many faults
    #[arg(long, default_value_t = 100)]
    pub(crate) faults: usize,
    /// What is done to whom, and for how long, follows from it; random if not given
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Seconds from one fault to the next, on average; most last about as long
    #[arg(long, default_value_t = 2.4)]
    pub(crate) fault_seconds: f64,
    /// People who write without end
    #[arg(long, default_value_t = 6)]
    pub(crate) writers: usize,
    /// Seconds within which everything has to come back after the last fault, and a command to be settled at any time
    #[arg(long, default_value_t = 120)]
    pub(crate) patience: u64,
    /// The servers' folder; faults inside the folder that Cargo builds in, if not given
    #[arg(long, env = "CHAT_STACK")]
    pub(crate) stack: Option<PathBuf>,
    /// Added to the servers' ports
    #[arg(long, env = "CHAT_STACK_OFFSET", default_value_t = 6_000)]
    pub(crate) stack_offset: u16,
    /// Leave the servers running for the next time
    #[arg(long)]
    pub(crate) keep: bool,
}

impl Cli {
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    /// The servers' folder.
    pub(crate) fn stack(&self) -> PathBuf {
        self.stack.clone().unwrap_or_else(|| {
            let program = world::binary();
            program.ancestors().nth(2).map(|target| target.join("faults")).unwrap_or_else(|| "target/faults".into())
        })
    }
}
