//! Where each setting comes from.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::file::File;
use super::flags::Flags;
use super::place::masked;
use super::{Error, Key, keys};

/// The variable that names the settings file.
const CONFIG: &str = "CHAT_CONFIG";

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Default,
    File(PathBuf),
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// The text of each setting, and where it was found.
#[derive(Clone, Debug)]
pub struct Sources(Vec<(Key, String, Source)>);

impl Sources {
    /// Flags before the environment before the file before defaults; an empty variable is none.
    ///
    /// # Errors
    /// When the file can not be read or names something that is no setting, or a variable is no text.
    pub fn gather<const ALL: bool>(
        flags: &Flags<ALL>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let environment = |name| environment(name).filter(|value| !value.is_empty());
        let file = match (flags.config(), environment(CONFIG)) {
            (Some(path), _) => File::read(path, Source::Flag("config"))?,
            (None, Some(path)) => File::read(&PathBuf::from(path), Source::Environment(CONFIG))?,
            (None, None) => File::default(),
        };
        let found = keys::all().map(|key| {
            let (text, source) = match (flags.value(key.name), environment(key.environment)) {
                (Some(text), _) => (text.to_owned(), Source::Flag(key.flag)),
                (None, Some(value)) => (text_of(&key, value)?, Source::Environment(key.environment)),
                (None, None) => file.value(key.name).unwrap_or((key.default.to_owned(), Source::Default)),
            };
            Ok((key, text, source))
        });
        found.collect::<Result<_, _>>().map(Self)
    }

    /// The value of one setting.
    pub(super) fn read<T>(&self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
        let found = self.0.iter().find(|(key, ..)| key.name == name);
        let (value, from) = found.map_or(("", &Source::Default), |(_, text, source)| (text.as_str(), source));
        parse(value).map_err(|reason| Error::Bad { name, value: masked(value), from: from.clone(), reason })
    }

    /// Each setting as it is shown.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &str, &Source)> {
        self.0.iter().map(|(key, text, source)| (key, text.as_str(), source))
    }
}

fn text_of(key: &Key, value: OsString) -> Result<String, Error> {
    value.into_string().map_err(|value| Error::Bad {
        name: key.name,
        value: value.to_string_lossy().into_owned(),
        from: Source::Environment(key.environment),
        reason: "UTF-8 is expected".to_owned(),
    })
}
