//! What can keep a scenario from being measured at all.

use std::io;
use std::path::PathBuf;

/// Why a run ended without figures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server's answer is not HTTP/1.1 as we know it: {0}")]
    Malformed(&'static str),
    #[error("{call} was answered {status}: {body}")]
    Refused { call: String, status: u16, body: String },
    #[error("the answer to {call} has no `{field}`")]
    Missing { call: String, field: &'static str },
    #[error("{0} took too long")]
    TimedOut(&'static str),
    #[error("no server to start at {0}: build it first (cargo build --release), or name it with --server")]
    NoServer(PathBuf),
    #[error("the server ended by itself ({0})")]
    ServerEnded(std::process::ExitStatus),
    #[error("`bigtech-chat {command}` failed ({status}): {output}")]
    Command { command: String, status: std::process::ExitStatus, output: String },
    #[error("{0}")]
    Setting(String),
    #[error("the stores can not be filled: {0}")]
    Store(String),
    #[error(
        "{needed} open files are needed and `ulimit -n` allows {allowed}: raise it (ulimit -n {needed}) or ask for fewer"
    )]
    TooFewFiles { needed: u64, allowed: u64 },
    #[error("interrupted")]
    Interrupted,
}
