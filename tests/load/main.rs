//! The load program: drives a BigTech Chat server over HTTP and says what it reached.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing figures is what this program is for")]

mod cli;
mod client;
mod clock;
mod drive;
mod error;
mod measure;
mod prepare;
mod scenario;
mod server;
mod sink;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use cli::Cli;
use error::Error;
use measure::report::Report;
use server::Server;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match attempt(&cli) {
        Ok(report) => conclude(&report, cli.common.json),
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn attempt(cli: &Cli) -> Result<Report, Error> {
    runtime(cli.common.threads)?.block_on(async {
        tokio::select! {
            report = Box::pin(run(cli)) => report,
            () = interrupted() => Err(Error::Interrupted),
        }
    })
}

/// One thread by default: a second one would take time from the server on a small machine.
fn runtime(threads: usize) -> io::Result<Runtime> {
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()
}

async fn run(cli: &Cli) -> Result<Report, Error> {
    let mut server = Server::obtain(&cli.common).await?;
    let result = scenario::run(&cli.scenario, &mut server).await;
    let stopped = server.stop().await;
    let mut report = result?;
    if let Err(error) = stopped {
        report.failure(&error);
    }
    Ok(report)
}

/// Resolves when somebody asks us to stop; the server we started is then killed as it is dropped.
async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn conclude(report: &Report, json: bool) -> ExitCode {
    if json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text());
    }
    match report.failed() {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}
