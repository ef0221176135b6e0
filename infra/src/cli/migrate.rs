//! `bigtech-chat migrate` and `bigtech-chat topics`.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use super::Outcome;
use crate::adapters::logs::Logs;
use crate::adapters::models::Models;
use crate::adapters::stores::Stores;
use crate::config::Settings;

/// Brings the schemas of all stores that the settings name to this release's.
///
/// # Errors
/// One is away, or newer than this release.
pub(super) async fn run(settings: Settings) -> Outcome {
    let settings = Settings { migrate: true, ..settings };
    let stores = Stores::open(&settings).await?;
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
/// The brokers are away, are those of another store, or a topic has other partitions.
pub(super) async fn topics(settings: Settings) -> Outcome {
    let stores = Stores::open(&settings).await?;
    let logs = Logs::of(&settings, &stores).await?;
    logs.prepare(true).await?;
    stores.close.await;
    let told = match logs {
        Logs::Store(_) => "the event store is its own log: there are no topics",
        Logs::Kafka(_) => "all topics are there",
    };
    writeln!(stdout(), "{told}")?;
    Ok(ExitCode::SUCCESS)
}
