//! `bigtech-chat verify`.

mod behind;

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use domain::Position;
use projections::directory::Directory;
use projections::ports::{Projection, Verification};
use projections::timeline::Timeline;
use projections::verify::{Difference, Verdict, verify};
use serde_json::{Value, json};

use self::behind::behind;
use super::Outcome;
use super::rebuild::progress::Ticker;
use crate::adapters::beside::{Beside, Failure};
use crate::adapters::chains::Forged;
use crate::adapters::read_models::sqlite::Model;
use crate::adapters::seals::SealCheck;
use crate::config::Settings;

/// Prove that a read model is what the log says: it is folded again up to the same position and compared row for row.
/// The log itself is checked, too: each event against its hash, and hashes against their seals. Works while a server runs and without one. Exits with 1 when something differs,
/// could not be applied, or was changed in the log, and when the read model stays behind the log
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bigtech-chat verify timeline --json")]
pub(super) struct Args {
    /// directory or timeline
    name: Model,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Verifies the read model that `args` name.
///
/// # Errors
/// A store can not be read or written, or the log is damaged.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    let beside = Beside::open(settings).await?;
    let behind = behind(&beside, args.name).await?;
    let verdict = match args.name {
        Model::Directory => of::<Directory>(&beside, &*beside.directory_verification().await?).await?,
        Model::Timeline => of::<Timeline>(&beside, &*beside.timeline_verification().await?).await?,
    };
    let log = Checked { seals: beside.check_seals().await?, forged: beside.first_forged().await? };
    let told = if args.json {
        document(args.name, &verdict, log, behind).to_string()
    } else {
        words(args.name, &verdict, log, behind)
    };
    writeln!(stdout(), "{told}")?;
    Ok(if behind.is_none() && verdict.is_equal() && verdict.parked == 0 && log.is_whole() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What was found of the log itself.
#[derive(Clone, Copy)]
struct Checked {
    seals: SealCheck,
    forged: Option<Forged>,
}

impl Checked {
    const fn is_whole(self) -> bool {
        self.seals.broken.is_none() && self.forged.is_none()
    }

    fn words(self) -> Vec<String> {
        let SealCheck { up_to, broken, .. } = self.seals;
        let sealed = match broken {
            None => format!("the log is as it was sealed, up to position {up_to}"),
            Some(broken) => format!("the log is not as it was sealed, behind position {up_to} and up to {broken}"),
        };
        let forged = self.forged.map(|Forged { position, stream }| {
            format!("the event at position {position} is not what was recorded: audit {stream}")
        });
        std::iter::once(sealed).chain(forged).collect()
    }
}

async fn of<P: Projection>(beside: &Beside, models: &dyn Verification<P::Change>) -> Result<Verdict, Failure> {
    let partitions = beside.partitions();
    let mut ticker = Ticker::start();
    let verdict = verify::<P>(beside.log(), move |entry| partitions.of_entry(entry), models, &mut |progress| {
        ticker.tell(&progress)
    })
    .await?;
    ticker.end();
    Ok(verdict)
}

fn document(model: Model, verdict: &Verdict, log: Checked, behind: Option<Position>) -> Value {
    let difference = |difference: &Difference| json!({ "key": difference.key, "table": difference.table });
    let SealCheck { holding, up_to, broken } = log.seals;
    json!({
        "model": model.name(),
        "equal": verdict.is_equal(),
        "behind": behind,
        "parked": verdict.parked,
        "seals": { "holding": holding, "up_to": up_to, "broken": broken },
        "forged": log.forged.map(|forged| forged.position),
        "keys": verdict.keys,
        "rows": verdict.rows,
        "position": verdict.position,
        "differing": verdict.differing,
        "differences": verdict.differences.iter().map(difference).collect::<Vec<_>>(),
    })
}

fn words(model: Model, verdict: &Verdict, log: Checked, behind: Option<Position>) -> String {
    let Verdict { position, keys, rows, differing, differences, parked } = verdict;
    let mut lines = vec![match differing {
        0 => format!("{model} is what the log says: {rows} rows of {keys} keys at position {position}"),
        _ => format!("{model} is not what the log says at position {position}: {differing} differences"),
    }];
    lines.extend(differences.iter().map(|Difference { key, table }| format!("  {table}  {key}")));
    if let Some(end) = behind {
        lines.push(format!(
            "the log goes on to position {end}, and {model} does not follow: serve, or rebuild it, and verify it then"
        ));
    }
    if *parked > 0 {
        lines.push(format!("{parked} events could not be applied: what they are about stands still"));
    }
    lines.extend(log.words());
    lines.join("\n")
}
