//! `bigtech-chat adopt`.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use super::{Outcome, rebuild};
use crate::adapters::adoption::{Findings, adopt, nobody_leads};
use crate::adapters::beside::Beside;
use crate::config::Settings;
use crate::data::{DataFolder, Lock};

/// Go on with an event store that was restored to an earlier state, or with another Kafka cluster: what differs is told, and with --yes
/// the store is made what everything else follows. Read models that have seen what it does not have are rebuilt, and topics that hold
/// it are given up for new ones. All processes have to be stopped. Exits with 1 when something differs and was left so
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  bigtech-chat adopt          what differs\n  bigtech-chat adopt --yes    go on with what is there"
)]
pub(super) struct Args {
    /// Change what has to be changed
    #[arg(long)]
    yes: bool,
}

/// Tells what differs, and adopts it if that is wanted.
///
/// # Errors
/// A store can not be read or written, or a process serves.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    let _alone = args.yes.then(|| alone(settings)).transpose()?;
    let beside = Beside::open(settings).await?;
    let found = Findings::of(&beside).await?;
    write!(stdout(), "{found}")?;
    if found.is_empty() {
        writeln!(stdout(), "nothing else knows better: there is nothing to adopt")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes {
        writeln!(stdout(), "nothing was changed; to go on with what is there: stop all processes and add --yes")?;
        return Ok(ExitCode::FAILURE);
    }
    nobody_leads(&beside).await?;
    for (model, _) in &found.models {
        let rebuilt = rebuild::again(&beside, *model).await?;
        writeln!(stdout(), "{}", rebuild::words(*model, &rebuilt))?;
    }
    match adopt(&beside, &found).await? {
        Some(generation) => writeln!(
            stdout(),
            "adopted: topics of generation {generation} are fed from here on; others who read the earlier ones have to begin anew"
        )?,
        None => writeln!(stdout(), "adopted")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// In the embedded mode, that no server runs meanwhile.
fn alone(settings: &Settings) -> Result<Option<Lock>, crate::data::Error> {
    let is_embedded = settings.event_store.scheme() == "sqlite";
    is_embedded.then(|| DataFolder::at(&settings.data).lock()).transpose()
}
