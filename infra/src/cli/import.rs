//! `bigtech-chat import`.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use command_side::import::{Import, Report};
use command_side::processes::{Notifications, ProcessManager as _};

use super::Outcome;
use crate::adapters::older::{OlderStores, settle, target};
use crate::adapters::stores::Stores;
use crate::config::Settings;
use crate::telemetry::Metrics;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often it is told how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// Bring over what the system before this one holds in MySQL and MongoDB, which are only read. It is brought in the order and with the
/// times in which it happened, into an event store that holds nothing else yet; no process may serve meanwhile. Ended and begun again it goes
/// on; done again it brings what came since
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  bigtech-chat import --mysql mysql://chat@older/chat --mongodb mongodb://older/chat --json > report.json")]
pub(super) struct Args {
    /// The database of users, friendships and chat_rooms
    #[arg(long, value_name = "URL", env = "OLDER_MYSQL", hide_env_values = true)]
    mysql: String,
    /// The database of messages and message_read_status
    #[arg(long, value_name = "URL", env = "OLDER_MONGODB", hide_env_values = true)]
    mongodb: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Imports, and reports.
///
/// # Errors
/// One of the systems is away, or people have written to this one.
pub(super) async fn run(settings: &Settings, args: Args) -> Outcome {
    let begun = Instant::now();
    let older = OlderStores::connect(&args.mysql, &args.mongodb).await?;
    let mut stores = Stores::open(settings).await?;
    let background: Vec<_> = std::mem::take(&mut stores.background).into_iter().map(tokio::spawn).collect();
    let imported = bring(&older, &stores).await;
    background.iter().for_each(tokio::task::JoinHandle::abort);
    stores.close.await;
    let report = imported?;
    writeln!(stderr(), "{} rows in {:.1} s", report.looked_at(), begun.elapsed().as_secs_f64())?;
    match args.json {
        true => writeln!(stdout(), "{}", serde_json::to_string(&report)?)?,
        false => write!(stdout(), "{report}")?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn bring(older: &OlderStores, stores: &Stores) -> Result<Report, Failure> {
    let import = Import::new(target(stores, Arc::new(Metrics::default())).await?)?;
    let (mut next, is_told) = (Instant::now() + EVERY, stderr().is_terminal());
    let imported = import.run(older, |report| {
        if is_told && Instant::now() > next {
            next = Instant::now() + EVERY;
            // Nobody may be listening; the work goes on.
            let _ = writeln!(stderr(), "{} rows", report.looked_at());
        }
    });
    let report = imported.await?;
    settle(stores, Notifications::NAME).await?;
    Ok(report)
}
