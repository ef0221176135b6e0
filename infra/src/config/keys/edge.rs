//! The settings of the HTTP edge: what callers are held to, whom it believes, what it compresses.

use super::{Key, Kind, key};

/// In the order in which they are shown. Each rate is calls a span and, after the colon, how many at once; or off.
pub(super) const EDGE: [Key; 17] = [
    key(
        names!("trusted_proxies", "trusted-proxies", "TRUSTED_PROXIES"),
        Kind::List,
        "",
        "Networks of proxies, as in 10.0.0.0/8, whose X-Forwarded-For is believed, or, where there is none, Forwarded",
    ),
    key(
        names!("otlp", "otlp", "OTLP"),
        Kind::Text,
        "",
        "Where traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318; nowhere if empty",
    ),
    key(
        names!("otlp_ratio", "otlp-ratio", "OTLP_RATIO"),
        Kind::Text,
        "1",
        "How many of all traces are sent, from 0 to 1; the same ones by all processes",
    ),
    key(
        names!("compress_from", "compress-from", "COMPRESS_FROM"),
        Kind::Text,
        "1KiB",
        "The size from which JSON is compressed for clients that take it; or off",
    ),
    key(
        names!("commands_per_user", "commands-per-user", "COMMANDS_PER_USER"),
        Kind::Text,
        "50/s:1000",
        "Of each user: calls a span and how many at once; or off",
    ),
    key(
        names!("commands_per_address", "commands-per-address", "COMMANDS_PER_ADDRESS"),
        Kind::Text,
        "1000/s:20000",
        "Of each address, which many users may share; IPv6 counts by /64",
    ),
    key(names!("queries_per_user", "queries-per-user", "QUERIES_PER_USER"), Kind::Text, "100/s:2000", "Of each user"),
    key(
        names!("queries_per_address", "queries-per-address", "QUERIES_PER_ADDRESS"),
        Kind::Text,
        "2000/s:40000",
        "Of each address",
    ),
    key(
        names!("streams_per_user", "streams-per-user", "STREAMS_PER_USER"),
        Kind::Text,
        "5/s:100",
        "Streams that a user opens",
    ),
    key(
        names!("streams_per_address", "streams-per-address", "STREAMS_PER_ADDRESS"),
        Kind::Text,
        "200/s:10000",
        "Of each address",
    ),
    key(
        names!("logins_per_address", "logins-per-address", "LOGINS_PER_ADDRESS"),
        Kind::Text,
        "5/s:200",
        "Right or wrong",
    ),
    key(
        names!("registrations_per_address", "registrations-per-address", "REGISTRATIONS_PER_ADDRESS"),
        Kind::Text,
        "2/s:200",
        "New accounts",
    ),
    key(names!("exports_per_user", "exports-per-user", "EXPORTS_PER_USER"), Kind::Text, "5/15m", "Of one's own data"),
    key(
        names!("exports_per_address", "exports-per-address", "EXPORTS_PER_ADDRESS"),
        Kind::Text,
        "200/15m",
        "Of each address",
    ),
    key(
        names!("login_failures_per_account", "login-failures-per-account", "LOGIN_FAILURES_PER_ACCOUNT"),
        Kind::Number,
        "5",
        "Wrong passwords before one has to wait, longer each time",
    ),
    key(
        names!("login_failures_per_address", "login-failures-per-address", "LOGIN_FAILURES_PER_ADDRESS"),
        Kind::Number,
        "50",
        "The same, over all accounts",
    ),
    key(
        names!("login_failures_window", "login-failures-window", "LOGIN_FAILURES_WINDOW"),
        Kind::Text,
        "15m",
        "After which wrong passwords are forgotten; nobody waits longer",
    ),
];
