//! `bigtech-chat backup`.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::Outcome;
use crate::adapters::backup::{LogEnd, Manifest, To, take};
use crate::config::Settings;

/// What both of them say where the event store is not in the data folder.
const ELSEWHERE: &str =
    "the event store is not in the data folder: its own server backs it up (docs/operations/backup.md, 'Distributed')";

/// Copy what can not be folded again, while a server runs or while none does, into three folders that are whole by themselves: events
/// (sealed: keep them as long as you must), keys (with the server's secrets: keep them in another place, at most 30 days) and images (at
/// most 30 days). What was acknowledged before this began is in it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bigtech-chat backup /backup/2026-01-31
  bigtech-chat backup /backup/2026-01-31 --keys-to /vault/2026-01-31 --json")]
pub(super) struct Args {
    /// A folder that is empty or not there yet
    to: PathBuf,
    /// Another such folder for the keys, instead of TO/keys
    #[arg(long, value_name = "FOLDER")]
    keys_to: Option<PathBuf>,
    /// Print what was copied as JSON
    #[arg(long)]
    json: bool,
}

/// Backs up the data folder.
///
/// # Errors
/// There is none, a folder is not empty, or something can not be read or written.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    is_embedded(settings)?;
    let made = take(settings, &To { folder: args.to, keys: args.keys_to.clone() }).await?;
    if args.json {
        writeln!(stdout(), "{}", json!({ "parts": documents(&made) }))?;
        return Ok(ExitCode::SUCCESS);
    }
    tell(&made)?;
    if args.keys_to.is_none() {
        writeln!(stdout(), "keep the keys in another place than the events: together they can be read")?;
    }
    if made.len() < 3 {
        writeln!(stdout(), "images lie in a bucket, which is backed up by its own means")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// That there is something here to copy, or to put.
pub(super) fn is_embedded(settings: &Settings) -> Result<(), &'static str> {
    if settings.event_store.scheme() == "sqlite" { Ok(()) } else { Err(ELSEWHERE) }
}

/// Says what each part holds.
pub(super) fn tell(parts: &[Manifest]) -> std::io::Result<()> {
    parts.iter().try_for_each(|part| writeln!(stdout(), "{}", words(part)))
}

/// The same as JSON.
pub(super) fn documents(parts: &[Manifest]) -> Vec<Value> {
    parts.iter().map(document).collect()
}

fn document(manifest: &Manifest) -> Value {
    json!({
        "part": manifest.part,
        "store": manifest.store,
        "made_at": manifest.made_at,
        "files": manifest.files.len(),
        "bytes": manifest.bytes(),
        "log": manifest.log,
    })
}

fn words(manifest: &Manifest) -> String {
    let told = format!("{}: {} files, {} bytes", manifest.part, manifest.files.len(), manifest.bytes());
    match &manifest.log {
        Some(LogEnd { position, hash: Some(hash), .. }) => format!("{told}, up to position {position} (event {hash})"),
        _ => told,
    }
}
