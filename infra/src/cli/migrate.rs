//! `bigtech-chat migrate` and `bigtech-chat topics`.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use super::Outcome;
use crate::adapters::beside::Failure;
use crate::adapters::logs::Logs;
use crate::adapters::models::Models;
use crate::adapters::opening::patiently;
use crate::adapters::stores::Stores;
use crate::config::Settings;

/// Started together with its servers, as a job is, it may be there before them.
async fn open(settings: &Settings) -> Result<Stores, Failure> {
    patiently("event_store", async || Stores::open(settings).await).await
}

/// Brings the schemas of all stores that the settings name to this release's.
///
/// # Errors
/// One is newer than this release. One that is away is waited for.
pub(super) async fn run(settings: Settings) -> Outcome {
    let settings = Settings { migrate: true, ..settings };
    let stores = open(&settings).await?;
    let models = Models::open(&settings, &stores.identity).await?;
    for opening in models.opening {
        opening.await?;
    }
    stores.close.await;
    writeln!(stdout(), "all schemas are of this release")?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the topics that are missing, and ties the brokers to the event store.
///
/// # Errors
/// The brokers are those of another store, or a topic has other partitions. Where they are away, they are waited for.
pub(super) async fn topics(settings: Settings) -> Outcome {
    let stores = open(&settings).await?;
    let logs = Logs::of(&settings, &stores).await?;
    patiently("event_log", async || logs.prepare(true).await).await?;
    stores.close.await;
    let told = match logs {
        Logs::Store(_) => "the event store is its own log: there are no topics",
        Logs::Kafka(_) => "all topics are there",
    };
    writeln!(stdout(), "{told}")?;
    Ok(ExitCode::SUCCESS)
}
