//! The fault suite: people use a cluster of real processes on real servers, processes and servers are killed, stopped and taken away at
//! random from a seed, and afterwards everything that was acknowledged is checked from the outside.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "saying what was found is what this program is for")]

mod checks;
mod cli;
mod cluster;
mod fault;
mod findings;
mod injector;
mod ledger;
mod load;
mod random;
mod report;
mod run;
mod stack;
mod storm;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use cli::Cli;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::select! {
        outcome = Box::pin(run::run(&cli)) => outcome,
        () = interrupted() => Err("interrupted".to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("faults: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Resolves when somebody asks us to stop; what was started ends with us.
async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
