//! `bigtech-chat asyncapi`.

use std::process::ExitCode;

use super::Outcome;
use crate::adapters::kafka::{KafkaUrl, document};
use crate::config::Settings;

/// Where brokers usually are, for settings that name none.
const ANYWHERE: &str = "kafka://localhost:9092";

/// What can be said of the topics beside the settings.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The generation of the topics: 1 more with each `adopt --yes` of a store that was restored
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    generation: u32,
}

/// Prints the document of the topics that the settings name.
///
/// # Errors
/// The URL leads to no brokers.
#[allow(clippy::print_stdout)]
pub(super) fn run(settings: &Settings, args: &Args) -> Outcome {
    let url = match settings.event_log.scheme() {
        "kafka" => settings.event_log.url(),
        _ => ANYWHERE,
    };
    let url = KafkaUrl::read(url)?.of_generation(args.generation);
    println!("{:#}", document(&url, settings.partitions)?);
    Ok(ExitCode::SUCCESS)
}
