//! `bigtech-chat restore`.

use std::io::{Write as _, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::Outcome;
use super::backup::{documents, is_embedded, tell};
use crate::adapters::backup::{From, Gaps, Restored, restore};
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
    /// Go on where the keys are older than the events: what people wrote who came in between can never be read again
    #[arg(long)]
    lose_people: bool,
    /// Print what was restored as JSON
    #[arg(long)]
    json: bool,
}

/// Restores the data folder.
///
/// # Errors
/// It is not empty, the backup is not whole, or something can not be written.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    is_embedded(settings)?;
    let Args { from: folder, keys_from: keys, without_images, lose_people, json } = args;
    let Restored { parts, gaps } = restore(settings, &From { folder, keys, without_images, lose_people }).await?;
    warn(&gaps)?;
    if json {
        let Gaps { people, images } = gaps;
        let told = json!({ "parts": documents(&parts), "people_without_key": people, "images_missing": images });
        writeln!(stdout(), "{told}")?;
    } else {
        tell(&parts)?;
        writeln!(stdout(), "{} can be served", settings.data.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn warn(Gaps { people, images }: &Gaps) -> std::io::Result<()> {
    if *people > 0 {
        writeln!(stderr(), "warning: {people} people have no key: what they wrote can never be read again")?;
    }
    if *images > 0 {
        let why = "they were backed up before the events that name them";
        writeln!(stderr(), "warning: the images of {images} people are missing: {why}")?;
    }
    Ok(())
}
