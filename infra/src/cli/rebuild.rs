//! `bigtech-chat rebuild`.

pub(super) mod progress;

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use projections::directory::Directory;
use projections::ports::{Projection, Succession};
use projections::rebuild::{Rebuilt, rebuild};
use projections::timeline::Timeline;
use serde_json::json;

use self::progress::Ticker;
use super::Outcome;
use crate::adapters::beside::{Beside, Failure};
use crate::adapters::read_models::sqlite::Model;
use crate::config::Settings;

/// Fold a read model anew beside the live one, then put it in its place. Works while a server runs and without one;
/// what was stopped goes on when it is run again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bigtech-chat rebuild timeline --json")]
pub(super) struct Args {
    /// directory or timeline
    name: Model,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Rebuilds the read model that `args` name.
///
/// # Errors
/// A store can not be read or written, the log is damaged, or another rebuild runs.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    let beside = Beside::open(settings).await?;
    let rebuilt = again(&beside, args.name).await?;
    writeln!(stdout(), "{}", if args.json { document(args.name, &rebuilt) } else { words(args.name, &rebuilt) })?;
    Ok(ExitCode::SUCCESS)
}

/// Rebuilds a read model, and shows how far it is.
///
/// # Errors
/// As [`run`].
pub(super) async fn again(beside: &Beside, model: Model) -> Result<Rebuilt, Failure> {
    match model {
        Model::Directory => of::<Directory>(beside, beside.directory_succession().await?).await,
        Model::Timeline => of::<Timeline>(beside, beside.timeline_succession().await?).await,
    }
}

async fn of<P: Projection>(beside: &Beside, succession: Arc<dyn Succession<P::Change>>) -> Result<Rebuilt, Failure> {
    let mut ticker = Ticker::start();
    let rebuilt = rebuild::<P>(beside.log(), succession, &mut |progress| ticker.tell(&progress)).await?;
    ticker.end();
    Ok(rebuilt)
}

fn document(model: Model, rebuilt: &Rebuilt) -> String {
    let Rebuilt { generation, position, events, took } = *rebuilt;
    let document = json!({
        "model": model.name(),
        "generation": generation,
        "position": position,
        "events": events,
        "seconds": took.as_secs_f64(),
        "events_per_second": rate(rebuilt),
    });
    document.to_string()
}

/// What it came to, in words.
pub(super) fn words(model: Model, rebuilt: &Rebuilt) -> String {
    let Rebuilt { generation, position, events, took } = rebuilt;
    let (seconds, rate) = (took.as_secs_f64(), rate(rebuilt));
    format!(
        "{model} is rebuilt: generation {generation} at position {position}, {events} events in {seconds:.1} s ({rate:.0}/s)"
    )
}

#[allow(clippy::cast_precision_loss, reason = "a rate need not be exact")]
fn rate(rebuilt: &Rebuilt) -> f64 {
    (rebuilt.events as f64 / rebuilt.took.as_secs_f64().max(0.001)).round()
}
