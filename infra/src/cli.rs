//! The command line.

mod adopt;
mod asyncapi;
mod audit;
mod backup;
mod config_show;
mod health;
mod import;
mod migrate;
mod openapi;
mod rebuild;
mod restore;
mod serve;
mod verify;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tokio::runtime::Builder;

use crate::config::{AllFlags, CommonFlags, Settings, Sources};
use crate::telemetry;

type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// The exit code of a wrong command line or setting, as clap has it.
const USAGE: u8 = 2;

/// How long a blocked thread may hold up the end of the process.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "Examples:
  bigtech-chat                              serve everything from ./data on ports 8000 and 8002 to 8005
  bigtech-chat --data /var/chat --port-offset 100
  CHAT_ROLES=query bigtech-chat serve       serve reads only
  bigtech-chat rebuild timeline             fold a read model again, while another process serves";

/// A chat backend in which every change is an event. Without a command it serves
#[derive(Parser)]
#[command(name = "bigtech-chat", version, after_help = EXAMPLES)]
struct CommandLine {
    #[command(flatten)]
    flags: AllFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT
    #[command(after_help = "Example:\n  bigtech-chat serve --host 0.0.0.0 --contexts user,chat")]
    Serve(AllFlags),
    /// Ask a process with these settings whether it is ready; exits 1 if it is not
    #[command(
        after_help = "Examples:\n  bigtech-chat health\n  bigtech-chat health --url http://chat:8000/health --within 500ms"
    )]
    Health {
        #[command(flatten)]
        flags: AllFlags,
        #[command(flatten)]
        args: health::Args,
    },
    /// Fold a read model again from the events, beside the live one, and put it in its place
    #[command(after_help = "Example:\n  bigtech-chat rebuild timeline --json")]
    Rebuild(OnData<rebuild::Args>),
    /// Prove that a read model is what the events say, row for row; exits 1 if it is not
    #[command(after_help = "Example:\n  bigtech-chat verify timeline --json")]
    Verify(OnData<verify::Args>),
    /// Show what happened in a stream, export it, or check an export; a broken chain exits 1
    #[command(
        after_help = "Examples:\n  bigtech-chat audit room ID --at 12\n  bigtech-chat audit room ID --export room.jsonl\n  bigtech-chat audit --check room.jsonl"
    )]
    Audit(OnData<audit::Args>),
    /// Bring the schemas of all stores to this release's
    #[command(after_help = "Example:\n  CHAT_EVENT_STORE=postgres://… bigtech-chat migrate")]
    Migrate(CommonFlags),
    /// Make the topics that are missing on the brokers, and tie these to the event store
    #[command(after_help = "Example:\n  CHAT_EVENT_LOG=kafka://… bigtech-chat topics")]
    Topics(CommonFlags),
    /// Go on with an event store that was restored to an earlier state, or with another Kafka cluster
    #[command(
        after_help = "Examples:\n  bigtech-chat adopt          what differs\n  bigtech-chat adopt --yes    go on with what is there"
    )]
    Adopt(OnData<adopt::Args>),
    /// Copy what can not be folded again, while a server runs: events, keys and secrets, profile images
    Backup(OnData<backup::Args>),
    /// Put a backup into an empty data folder
    Restore(OnData<restore::Args>),
    /// Bring over what the system before this one holds in MySQL and MongoDB
    Import(OnData<import::Args>),
    /// Show the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the OpenAPI document
    #[command(after_help = "Example:\n  bigtech-chat openapi > openapi.json")]
    Openapi(CommonFlags),
    /// Print the AsyncAPI document of the topics
    #[command(after_help = "Example:\n  bigtech-chat asyncapi --event-log kafka://… > asyncapi.json")]
    Asyncapi(OnData<asyncapi::Args>),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print the settings in effect, and where each comes from
    #[command(after_help = "Example:\n  CHAT_HOST=:: bigtech-chat config show --port-offset 100 > chat.toml")]
    Show {
        #[command(flatten)]
        flags: AllFlags,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// A command on the data folder, and the settings that it needs.
#[derive(Args)]
struct OnData<A: Args> {
    #[command(flatten)]
    flags: CommonFlags,
    #[command(flatten)]
    args: A,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let CommandLine { flags, command } = CommandLine::parse();
    match command {
        None => with_settings(flags, |settings, _| serve::run(settings)),
        Some(Command::Serve(own)) => with_settings(own.or(flags), |settings, _| serve::run(settings)),
        Some(Command::Health { flags: own, args }) => {
            with_settings(own.or(flags), |settings, _| health::run(&settings, args))
        }
        Some(Command::Config(ConfigCommand::Show { flags: own, json })) => {
            with_settings(own.or(flags), |_, sources| config_show::run(sources, json))
        }
        Some(Command::Rebuild(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, rebuild::run(&settings, args)))
        }
        Some(Command::Verify(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, verify::run(&settings, args)))
        }
        Some(Command::Audit(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, audit::run(&settings, args)))
        }
        Some(Command::Migrate(own)) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings.clone(), migrate::run(settings)))
        }
        Some(Command::Topics(own)) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings.clone(), migrate::topics(settings)))
        }
        Some(Command::Adopt(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, adopt::run(&settings, args)))
        }
        Some(Command::Backup(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, backup::run(&settings, args)))
        }
        Some(Command::Restore(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, restore::run(&settings, args)))
        }
        Some(Command::Import(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| on_runtime(&settings, import::run(&settings, args)))
        }
        Some(Command::Openapi(own)) => with_settings(own.or(flags), |_, _| openapi::run()),
        Some(Command::Asyncapi(OnData { flags: own, args })) => {
            with_settings(own.or(flags), |settings, _| asyncapi::run(&settings, &args))
        }
    }
}

/// Reads the settings and does `work`; says what went wrong.
fn with_settings<const ALL: bool>(
    flags: crate::config::Flags<ALL>,
    work: impl FnOnce(Settings, &Sources) -> Outcome,
) -> ExitCode {
    let read = Sources::gather(&flags, |name| std::env::var_os(name));
    let read = read.and_then(|sources| Ok((Settings::read(&sources)?, sources)));
    let (settings, sources) = match read {
        Ok(read) => read,
        Err(error) => return failed(&error, USAGE),
    };
    let telemetry = telemetry::start(&settings);
    let code = work(settings, &sources).unwrap_or_else(|error| failed(&*error, 1));
    drop(telemetry);
    code
}

#[allow(clippy::print_stderr)]
fn failed(error: &(dyn Error + Send + Sync + 'static), code: u8) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Many errors tell their cause themselves.
        if !text.contains(&inner.to_string()) {
            text = format!("{text}: {inner}");
        }
        cause = inner.source();
    }
    eprintln!("bigtech-chat: {text}");
    ExitCode::from(code)
}

/// Runs `work` on a runtime with as many threads as the settings say. What still blocks a thread afterwards is left behind.
fn on_runtime(settings: &Settings, work: impl Future<Output = Outcome>) -> Outcome {
    let runtime = Builder::new_multi_thread().worker_threads(settings.worker_threads).enable_all().build()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_timeout(LEFT_BEHIND);
    outcome
}
