//! Every setting there is, once: flags, environment, file, `config show` and `--help` are made of this table.

/// How a value is written in TOML and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// `on` or `off`.
    Switch,
    /// Separated by commas where it is a text.
    List,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As in the file.
    pub name: &'static str,
    /// Without the dashes.
    pub flag: &'static str,
    pub environment: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    pub help: &'static str,
    /// Whether all subcommands take it, not only those that serve.
    pub everywhere: bool,
}

const fn key(names: [&'static str; 3], kind: Kind, default: &'static str, help: &'static str) -> Key {
    let [name, flag, environment] = names;
    Key { name, flag, environment, default, kind, help, everywhere: false }
}

impl Key {
    const fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }
}

macro_rules! names {
    ($name:literal, $flag:literal, $environment:literal) => {
        [$name, $flag, concat!("CHAT_", $environment)]
    };
}

mod edge;

use edge::EDGE;

/// Every setting.
pub(super) fn all() -> impl Iterator<Item = Key> {
    KEYS.into_iter().chain(EDGE)
}

/// In the order in which they are shown; those of the HTTP edge follow.
const KEYS: [Key; 34] = [
    key(names!("data", "data", "DATA"), Kind::Text, "./data", "The folder of stores and keys").everywhere(),
    key(
        names!("event_store", "event-store", "EVENT_STORE"),
        Kind::Text,
        "sqlite",
        "Events, sessions, claims: sqlite (in the data folder) or postgres://…",
    )
    .everywhere(),
    key(
        names!("keys", "keys", "KEYS"),
        Kind::Text,
        "sqlite",
        "The keys of personal data: sqlite (in the data folder) or postgres://…, another database than the event store's",
    )
    .everywhere(),
    key(
        names!("event_log", "event-log", "EVENT_LOG"),
        Kind::Text,
        "store",
        "What read models and streams follow: store (the event store itself) or kafka://host:port,…",
    )
    .everywhere(),
    key(
        names!("partitions", "partitions", "PARTITIONS"),
        Kind::Number,
        "6",
        "Of each topic of kafka://…; can not be changed later",
    )
    .everywhere(),
    key(
        names!("directory", "directory", "DIRECTORY"),
        Kind::Text,
        "sqlite",
        "The read model of people and rooms: sqlite (in the data folder) or mysql://…",
    )
    .everywhere(),
    key(
        names!("timeline", "timeline", "TIMELINE"),
        Kind::Text,
        "sqlite",
        "The read model of messages: sqlite (in the data folder) or mongodb://…",
    )
    .everywhere(),
    key(
        names!("shared", "shared", "SHARED"),
        Kind::Text,
        "memory",
        "What processes share for a while: memory (of this one) or redis://…",
    )
    .everywhere(),
    key(
        names!("images", "images", "IMAGES"),
        Kind::Text,
        "folder",
        "Profile images: folder (images in the data folder), file:///… or s3://bucket/prefix?endpoint=…&region=…. All processes need the same",
    )
    .everywhere(),
    key(
        names!("image_grace", "image-grace", "IMAGE_GRACE"),
        Kind::Text,
        "1h",
        "How long an image stays that was replaced or removed",
    ),
    key(
        names!("secrets", "secrets", "SECRETS"),
        Kind::Text,
        "",
        "The folder of the server's own secrets; if empty, secrets in the data folder. All processes need the same",
    )
    .everywhere(),
    key(
        names!("instance", "instance", "INSTANCE"),
        Kind::Text,
        "",
        "A name that this process keeps across restarts, and no other has: with it, its partitions wait for it",
    ),
    key(
        names!("migrate", "migrate", "MIGRATE"),
        Kind::Switch,
        "on",
        "Whether schemas and topics are brought up to date at start; if off, bigtech-chat migrate and topics do it",
    ),
    key(names!("host", "host", "HOST"), Kind::Text, "127.0.0.1", "The IP address to listen on"),
    key(
        names!("listen", "listen", "LISTEN"),
        Kind::List,
        "gateway,contexts",
        "The ports: gateway (8000, all contexts), contexts (8002 to 8005, one each), operations (8009, health and metrics)",
    ),
    key(
        names!("port_offset", "port-offset", "PORT_OFFSET"),
        Kind::Number,
        "0",
        "Added to all ports",
    ),
    key(
        names!("contexts", "contexts", "CONTEXTS"),
        Kind::List,
        "user,friend,chat,notification",
        "The contexts to serve",
    ),
    key(names!("roles", "roles", "ROLES"), Kind::List, "command,query,relay,projector", "What this process carries"),
    key(
        names!("cors_origins", "cors-origins", "CORS_ORIGINS"),
        Kind::List,
        "",
        "Origins of browsers that may call, or *",
    ),
    key(names!("rate_limits", "rate-limits", "RATE_LIMITS"), Kind::Switch, "on", "Whether callers are slowed down"),
    key(
        names!("ceiling", "ceiling", "CEILING"),
        Kind::Switch,
        "off",
        "Whether POST /api/ceiling, a yardstick, is served",
    ),
    key(names!("log", "log", "LOG"), Kind::Text, "info", "What is logged, as in info,infra=debug").everywhere(),
    key(names!("log_format", "log-format", "LOG_FORMAT"), Kind::Text, "auto", "auto, text or json").everywhere(),
    key(names!("body_limit", "body-limit", "BODY_LIMIT"), Kind::Text, "1MiB", "The largest request body"),
    key(
        names!("request_timeout", "request-timeout", "REQUEST_TIMEOUT"),
        Kind::Text,
        "10s",
        "For a request to be answered",
    ),
    key(
        names!("header_timeout", "header-timeout", "HEADER_TIMEOUT"),
        Kind::Text,
        "10s",
        "For the head of a request to come in",
    ),
    key(
        names!("idle_timeout", "idle-timeout", "IDLE_TIMEOUT"),
        Kind::Text,
        "75s",
        "For the next request on a connection",
    ),
    key(
        names!("stall_timeout", "stall-timeout", "STALL_TIMEOUT"),
        Kind::Text,
        "60s",
        "For a client to take what it is sent",
    ),
    key(names!("max_connections", "max-connections", "MAX_CONNECTIONS"), Kind::Number, "20000", "Over all ports"),
    key(
        names!("freshness_wait", "freshness-wait", "FRESHNESS_WAIT"),
        Kind::Text,
        "2s",
        "For a query to see what its user wrote",
    ),
    key(
        names!("offline_after", "offline-after", "OFFLINE_AFTER"),
        Kind::Text,
        "60s",
        "Somebody is online for so long after a sign of life; the same in all processes",
    ),
    key(
        names!("notifications_kept", "notifications-kept", "NOTIFICATIONS_KEPT"),
        Kind::Text,
        "720h",
        "For notifications that were read to be shown",
    ),
    key(
        names!("shutdown_grace", "shutdown-grace", "SHUTDOWN_GRACE"),
        Kind::Text,
        "10s",
        "For requests to finish at shutdown",
    ),
    key(
        names!("worker_threads", "worker-threads", "WORKER_THREADS"),
        Kind::Number,
        "0",
        "Of the runtime; 0 is one a core",
    ),
];

/// The setting with this name in the file.
pub(super) fn find(name: &str) -> Option<Key> {
    all().find(|key| key.name == name)
}
