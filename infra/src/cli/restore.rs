//! `bigtech-chat restore`.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use super::Outcome;
use super::backup::{is_embedded, tell};
use crate::adapters::backup::{From, restore};
use crate::config::Settings;

/// Put a backup into an empty data folder, after all of it was checked; read models are folded from it when a server starts there
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bigtech-chat restore /backup/2026-01-31 --data /var/chat
  bigtech-chat restore /backup/2026-01-31 --keys-from /vault/2026-01-31 --json")]
pub(super) struct Args {
    /// The folder of the backup
    from: PathBuf,
    /// The folder of its keys, instead of FROM/keys
    #[arg(long, value_name = "FOLDER")]
    keys_from: Option<PathBuf>,
    /// Leave the images out: they were not kept, or lie elsewhere
    #[arg(long)]
    without_images: bool,
    /// Print what was restored as JSON
    #[arg(long)]
    json: bool,
}

/// Restores the data folder.
///
/// # Errors
/// It is not empty, the backup is not whole, or something can not be written.
pub(super) fn run(settings: &Settings, args: Args) -> Outcome {
    is_embedded(settings)?;
    let Args { from: folder, keys_from: keys, without_images, json } = args;
    let restored = restore(settings, &From { folder, keys, without_images })?;
    tell(&restored, json)?;
    if !json {
        writeln!(stdout(), "{} can be served", settings.data.display())?;
    }
    Ok(ExitCode::SUCCESS)
}
