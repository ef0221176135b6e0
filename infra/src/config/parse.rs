//! From the text of a setting to its value; an error says what is expected.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing_subscriber::filter::LevelFilter;

use super::OPERATIONS_PORT;
use super::values::Word;

type Parsed<T> = Result<T, String>;

/// The least and the most; milliseconds where it is a duration.
#[derive(Clone, Copy)]
pub(super) struct Limits(pub u64, pub u64);

/// What a time-out may be.
pub(super) const WAITS: Limits = Limits(1, 3_600_000);

/// How long something may be kept: a second to ten years.
pub(super) const KEEPING: Limits = Limits(1_000, 315_360_000_000);
/// How long something may take.
pub(crate) fn wait(text: &str) -> Parsed<Duration> {
    WAITS.duration()(text)
}

impl Limits {
    pub(super) fn number(self) -> impl Fn(&str) -> Parsed<usize> {
        move |text| {
            let number =
                text.parse().ok().filter(|number: &usize| self.hold(u64::try_from(*number).unwrap_or(u64::MAX)));
            number.ok_or_else(|| format!("a number from {} to {} is expected", self.0, self.1))
        }
    }

    pub(super) fn duration(self) -> impl Fn(&str) -> Parsed<Duration> {
        move |text| {
            let milliseconds = milliseconds(text).filter(|milliseconds| self.hold(*milliseconds));
            milliseconds.map(Duration::from_millis).ok_or_else(|| {
                let [least, most] = [self.0, self.1].map(|limit| format!("{:?}", Duration::from_millis(limit)));
                format!("a duration from {least} to {most}, such as 250ms or 10s, is expected")
            })
        }
    }

    const fn hold(self, number: u64) -> bool {
        self.0 <= number && number <= self.1
    }
}

/// `250ms`, `10s`, `2m`, `1h`; a bare number is seconds.
fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let factor = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// `512`, `64KiB`, `1MiB`, from 1 KiB to 1 GiB.
pub(super) fn bytes(text: &str) -> Parsed<usize> {
    let wanted = || "a size from 1KiB to 1GiB is expected".to_owned();
    let (number, unit) = number_and_unit(text).ok_or_else(wanted)?;
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wanted()),
    };
    let bytes = number.checked_mul(factor).filter(|bytes| Limits(1 << 10, 1 << 30).hold(*bytes));
    bytes.and_then(|bytes| usize::try_from(bytes).ok()).ok_or_else(wanted)
}

/// The same, or nothing.
pub(super) fn size_or_off(text: &str) -> Parsed<Option<usize>> {
    if text == "off" {
        return Ok(None);
    }
    bytes(text).map(Some).map_err(|_| "off, or a size from 1KiB to 1GiB, is expected".to_owned())
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    if text.is_empty() { Err("a path is expected".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn address(text: &str) -> Parsed<IpAddr> {
    text.parse().map_err(|_| "an IP address, such as 127.0.0.1, 0.0.0.0 or ::, is expected".to_owned())
}

/// All ports have to stay ports.
pub(super) fn port_offset(text: &str) -> Parsed<u16> {
    let last = OPERATIONS_PORT;
    let offset = text.parse().ok().filter(|offset| *offset <= u16::MAX - last);
    offset.ok_or_else(|| format!("a number from 0 to {} is expected", u16::MAX - last))
}

pub(super) fn switch(text: &str) -> Parsed<bool> {
    match text {
        "on" | "true" | "1" => Ok(true),
        "off" | "false" | "0" => Ok(false),
        _ => Err("on or off is expected".to_owned()),
    }
}

pub(super) fn one<T: Word>(all: &'static [T]) -> impl Fn(&str) -> Parsed<T> {
    move |text| {
        let found = all.iter().copied().find(|value| value.word() == text);
        found.ok_or_else(|| format!("{text:?} is none of {}", words(all)))
    }
}

/// At least one, each once, in the order of the list.
pub(super) fn several<T: Word>(all: &'static [T]) -> impl Fn(&str) -> Parsed<Vec<T>> {
    move |text| {
        let named = items(text).map(one(all)).collect::<Parsed<Vec<T>>>()?;
        if named.is_empty() {
            return Err(format!("at least one of {} is expected", words(all)));
        }
        Ok(all.iter().copied().filter(|value| named.contains(value)).collect())
    }
}

fn words<T: Word>(all: &[T]) -> String {
    all.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ")
}

/// The parts of a list.
pub(crate) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

pub(super) fn origins(text: &str) -> Parsed<Vec<String>> {
    items(text).map(origin).collect()
}

/// Browsers send exactly scheme, host and port: anything else would never be met.
fn origin(text: &str) -> Parsed<String> {
    let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let plain = |host: &str| !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && !"/?#@".contains(c));
    if text == "*" || host.is_some_and(plain) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("{text:?} is no origin such as https://chat.example or http://localhost:3000"))
}

pub(super) fn networks(text: &str) -> Parsed<Vec<IpNet>> {
    items(text).map(network).collect()
}

/// A network, or one address.
fn network(text: &str) -> Parsed<IpNet> {
    let one = || text.parse().map(|address: IpAddr| IpNet::from(address.to_canonical()));
    text.parse().or_else(|_| one()).map_err(|_| format!("{text:?} is no network such as 10.0.0.0/8 or fd00::/8"))
}

pub(super) fn filter(text: &str) -> Parsed<String> {
    // A word alone that is no level would be taken for the only part of the program that may speak.
    let names_a_level = |item: &str| item.contains(['=', '[']) || item.parse::<LevelFilter>().is_ok();
    if let Some(item) = items(text).find(|item| !names_a_level(item)) {
        return Err(format!("{item:?} is no level (error, warn, info, debug, trace, off) and no part=level"));
    }
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("a filter such as info,infra=debug is expected: {error}")),
    }
}

/// As brokers take it.
pub(super) fn name(text: &str) -> Parsed<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.len() <= 100 && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err("at most 100 letters, digits, dots, dashes and underscores are expected".to_owned())
}

/// As many as a token of positions can name.
pub(super) fn partitions(text: &str) -> Parsed<u32> {
    Limits(1, 64).number()(text).map(|number| u32::try_from(number).unwrap_or(1))
}

/// 0 is one a core.
pub(super) fn threads(text: &str) -> Parsed<usize> {
    match Limits(0, 1024).number()(text)? {
        0 => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        some => Ok(some),
    }
}
