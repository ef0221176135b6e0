//! `bigtech-chat audit`.

mod check;
mod export;
mod show;
mod stores;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use domain::{Kind, StreamId};
use projections::audit::At;
use uuid::Uuid;

use self::stores::Stores;
use super::Outcome;
use crate::adapters::beside::Beside;
use crate::config::Settings;

const EXAMPLES: &str = "Examples:
  bigtech-chat audit room 018f4e2a-7c51-7b3e-9d2f-1a2b3c4d5e6f
  bigtech-chat audit room 018f4e2a-7c51-7b3e-9d2f-1a2b3c4d5e6f --at 2026-01-31T12:00:00Z --json
  bigtech-chat audit user 018f4e2a-7c51-7b3e-9d2f-1a2b3c4d5e6f --export user.jsonl
  bigtech-chat audit --check user.jsonl";

/// Show what happened to something, who did it, when and from which command, and what it came to. It shows personal
/// data; an exported audit is sealed as it is stored. Exits with 1 when something
/// is not what was recorded
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What it is
    #[arg(required_unless_present = "check", requires = "id")]
    kind: Option<Sort>,
    /// Its id
    id: Option<Uuid>,
    /// Only up to this version or RFC 3339 time
    #[arg(long, value_name = "VERSION|TIME", requires = "kind")]
    at: Option<At>,
    /// Print JSON: the stream, its events, its state
    #[arg(long, conflicts_with = "export")]
    json: bool,
    /// Write the stream to a file that can be checked without this system
    #[arg(long, value_name = "FILE", requires = "kind", conflicts_with = "at")]
    export: Option<PathBuf>,
    /// Check an exported file; needs nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "id"])]
    check: Option<PathBuf>,
}

/// What can be audited.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    User,
    Friendship,
    Room,
    ReadCursor,
    Inbox,
}

impl From<Sort> for Kind {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::User => Self::User,
            Sort::Friendship => Self::Friendship,
            Sort::Room => Self::Room,
            Sort::ReadCursor => Self::ReadCursor,
            Sort::Inbox => Self::Inbox,
        }
    }
}

/// Audits what `args` name.
///
/// # Errors
/// There is no such thing, or a store or file can not be read or written.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    if let Some(file) = &args.check {
        return check::run(file, args.json);
    }
    let (Some(kind), Some(id)) = (args.kind, args.id) else { return Err("name what to audit".into()) };
    let stream = StreamId { kind: kind.into(), id };
    let stores = Stores::of(&Beside::open(settings).await?);
    let at = args.at.unwrap_or_default();
    let broken = match &args.export {
        Some(file) => export::run(&stores, stream, file).await?,
        None if args.json => show::json(&stores, stream, at).await?,
        None => show::text(&stores, stream, at).await?,
    };
    Ok(if broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
