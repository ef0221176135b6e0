//! Settings: flags, then the environment, then a TOML file, over defaults.

mod file;
mod flags;
mod keys;
mod limits;
mod otlp;
mod parse;
mod place;
mod sources;
#[cfg(test)]
mod tests;
mod values;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub use flags::{AllFlags, CommonFlags, Flags};
pub use keys::{Key, Kind};
pub use limits::{CallerLimits, LoginFailures, PerCaller, Rate};
pub use otlp::Otlp;
pub(crate) use parse::{items, wait};
pub use place::Place;
pub(crate) use place::masked;
pub use sources::{Source, Sources};
pub use values::{CallKind, Context, Listen, LogFormat, Role};

use parse::Limits;

/// The port of the gateway, before the offset.
pub const GATEWAY_PORT: u16 = 8000;
/// The port of health and metrics alone, before the offset.
pub const OPERATIONS_PORT: u16 = 8009;

/// What the process does, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The folder of the embedded stores and keys.
    pub data: PathBuf,
    /// Events, and what is written with them.
    pub event_store: Place,
    /// The keys of personal data.
    pub keys: Place,
    /// What read models and streams follow.
    pub event_log: Place,
    /// Of each topic.
    pub partitions: u32,
    pub directory: Place,
    pub timeline: Place,
    /// What processes share for a while.
    pub shared: Place,
    /// The profile images.
    pub images: Place,
    /// How long an image stays that nobody has any more.
    pub image_grace: Duration,
    /// The folder of the server's own secrets.
    pub secrets: PathBuf,
    /// A name that the process keeps across restarts; may be empty.
    pub instance: String,
    /// Whether schemas and topics are brought up to date at start.
    pub migrate: bool,
    /// The address to listen on.
    pub host: IpAddr,
    /// The ports to listen on.
    pub listen: Vec<Listen>,
    /// Added to each port.
    pub port_offset: u16,
    pub contexts: Vec<Context>,
    pub roles: Vec<Role>,
    /// Origins of browsers that may call; `*` is every origin.
    pub cors_origins: Vec<String>,
    pub rate_limits: bool,
    pub limits: CallerLimits,
    /// Whose word on where a request came from counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Bytes from which on an answer is compressed; never where there is nothing.
    pub compress_from: Option<usize>,
    /// Whether `POST /api/ceiling`, the yardstick of the load program, is served.
    pub ceiling: bool,
    /// A filter as `tracing-subscriber` reads it.
    pub log: String,
    pub log_format: LogFormat,
    /// Where traces are sent.
    pub otlp: Option<Otlp>,
    /// Bytes.
    pub body_limit: usize,
    /// From the whole head of a request to the head of its answer.
    pub request_timeout: Duration,
    /// For the head of a request, from its first byte; on a new connection from its opening.
    pub header_timeout: Duration,
    /// For the next request on a connection.
    pub idle_timeout: Duration,
    /// For a client to take some of what it is sent.
    pub stall_timeout: Duration,
    /// Over all ports; above it new ones are closed at once.
    pub max_connections: usize,
    /// How long a query waits for its user's own writes.
    pub freshness_wait: Duration,
    /// How long somebody is online after a sign of life.
    pub offline_after: Duration,
    /// How long notifications are kept that were read.
    pub notifications_kept: Duration,
    /// How long requests may take to finish at shutdown.
    pub shutdown_grace: Duration,
    /// Threads of the runtime.
    pub worker_threads: usize,
}

/// What is wrong with a setting, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{name} = {value:?} (from {from}): {reason}")]
    Bad { name: &'static str, value: String, from: Source, reason: String },
    #[error("{name} (from {from}): no such setting")]
    Unknown { name: String, from: Source },
    #[error("the settings file {path} (from {from}) is of no use: {reason}")]
    File { path: String, from: Source, reason: String },
    #[error("{0}")]
    Unfit(&'static str),
}

impl Settings {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// The first setting that has no sense, and where it came from.
    pub fn read(sources: &Sources) -> Result<Self, Error> {
        let data = sources.read("data", parse::path)?;
        let settings = Self {
            event_store: sources.read("event_store", Place::one_of(&["sqlite"], &["postgres", "postgresql"]))?,
            keys: sources.read("keys", Place::one_of(&["sqlite"], &["postgres", "postgresql"]))?,
            event_log: sources.read("event_log", Place::one_of(&["store"], &["kafka"]))?,
            partitions: sources.read("partitions", parse::partitions)?,
            directory: sources.read("directory", Place::one_of(&["sqlite"], &["mysql"]))?,
            timeline: sources.read("timeline", Place::one_of(&["sqlite"], &["mongodb", "mongodb+srv"]))?,
            shared: sources.read("shared", Place::one_of(&["memory"], &["redis", "rediss"]))?,
            images: sources.read("images", Place::one_of(&["folder"], &["file", "s3"]))?,
            image_grace: sources.read("image_grace", Limits(1_000, 30 * 86_400_000).duration())?,
            secrets: sources.read("secrets", |text| Ok(secrets(text, &data)))?,
            instance: sources.read("instance", parse::name)?,
            migrate: sources.read("migrate", parse::switch)?,
            listen: sources.read("listen", parse::several(Listen::ALL))?,
            host: sources.read("host", parse::address)?,
            port_offset: sources.read("port_offset", parse::port_offset)?,
            contexts: sources.read("contexts", parse::several(Context::ALL))?,
            roles: sources.read("roles", parse::several(Role::ALL))?,
            cors_origins: sources.read("cors_origins", parse::origins)?,
            rate_limits: sources.read("rate_limits", parse::switch)?,
            limits: CallerLimits::read(sources)?,
            trusted_proxies: sources.read("trusted_proxies", parse::networks)?,
            compress_from: sources.read("compress_from", parse::size_or_off)?,
            ceiling: sources.read("ceiling", parse::switch)?,
            log: sources.read("log", parse::filter)?,
            log_format: sources.read("log_format", parse::one(LogFormat::ALL))?,
            otlp: Otlp::read(sources)?,
            body_limit: sources.read("body_limit", parse::bytes)?,
            request_timeout: sources.read("request_timeout", parse::WAITS.duration())?,
            header_timeout: sources.read("header_timeout", parse::WAITS.duration())?,
            idle_timeout: sources.read("idle_timeout", parse::WAITS.duration())?,
            stall_timeout: sources.read("stall_timeout", parse::WAITS.duration())?,
            max_connections: sources.read("max_connections", Limits(1, 1_000_000).number())?,
            freshness_wait: sources.read("freshness_wait", Limits(0, 60_000).duration())?,
            offline_after: sources.read("offline_after", Limits(1_000, 600_000).duration())?,
            notifications_kept: sources.read("notifications_kept", parse::KEEPING.duration())?,
            shutdown_grace: sources.read("shutdown_grace", Limits(0, 600_000).duration())?,
            worker_threads: sources.read("worker_threads", parse::threads)?,
            data,
        };
        settings.fit()?;
        Ok(settings)
    }

    /// Whether the places can work together.
    fn fit(&self) -> Result<(), Error> {
        let is_embedded = self.event_store.scheme() == "sqlite";
        if is_embedded != (self.keys.scheme() == "sqlite") {
            return Err(Error::Unfit("event_store and keys must both be sqlite, or both postgres://…"));
        }
        if is_embedded && self.event_log.scheme() != "store" {
            return Err(Error::Unfit("event_log = kafka://… needs event_store = postgres://…"));
        }
        let (directory, timeline) = (self.directory.scheme(), self.timeline.scheme());
        if self.event_log.scheme() == "kafka" && (directory == "sqlite" || timeline == "sqlite") {
            return Err(Error::Unfit("event_log = kafka://… needs directory = mysql://… and timeline = mongodb://…"));
        }
        if !is_embedded && self.event_store == self.keys {
            return Err(Error::Unfit("keys must be another database than event_store: it has backups of its own"));
        }
        Ok(())
    }

    /// Whether this process carries `role`.
    #[must_use]
    pub fn carries(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether profile images come in or go out here.
    #[must_use]
    pub fn serves_images(&self) -> bool {
        self.contexts.contains(&Context::User) && (self.carries(Role::Command) || self.carries(Role::Query))
    }
}

fn secrets(text: &str, data: &std::path::Path) -> PathBuf {
    if text.is_empty() { data.join("secrets") } else { text.into() }
}
