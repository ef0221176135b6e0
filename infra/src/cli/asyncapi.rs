//! `bigtech-chat asyncapi`.

use std::process::ExitCode;

use super::Outcome;
use crate::adapters::kafka::{KafkaUrl, document};
use crate::config::Settings;

/// Where brokers usually are, for settings that name none.
const ANYWHERE: &str = "kafka://localhost:9092";

/// Prints the document of the topics that the settings name.
///
/// # Errors
/// The URL leads to no brokers.
#[allow(clippy::print_stdout)]
pub(super) fn run(settings: &Settings) -> Outcome {
    let url = match settings.event_log.scheme() {
        "kafka" => settings.event_log.url(),
        _ => ANYWHERE,
    };
    println!("{:#}", document(&KafkaUrl::read(url)?, settings.partitions)?);
    Ok(ExitCode::SUCCESS)
}
