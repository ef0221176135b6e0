//! The settings file.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::keys::find;
use super::{Error, Source};

/// What a settings file says; nothing when there is none.
#[derive(Default)]
pub(super) struct File {
    path: PathBuf,
    values: Vec<(String, String)>,
}

impl File {
    /// Reads the file that `from` named.
    pub(super) fn read(path: &Path, from: Source) -> Result<Self, Error> {
        let refused = |reason: String| Error::File { path: path.display().to_string(), from: from.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| refused(error.to_string()))?;
        let values = table.into_iter().map(|(name, value)| Self::entry(path, name, &value));
        Ok(Self { path: path.to_owned(), values: values.collect::<Result<_, _>>()? })
    }

    fn entry(path: &Path, name: String, value: &Value) -> Result<(String, String), Error> {
        let from = || Source::File(path.to_owned());
        let Some(key) = find(&name) else { return Err(Error::Unknown { name, from: from() }) };
        let reason = || "a text, a number, true or false, or a list of texts is expected".to_owned();
        let bad = || Error::Bad { name: key.name, value: value.to_string(), from: from(), reason: reason() };
        text(value).map(|text| (name, text)).ok_or_else(bad)
    }

    /// What it says of a setting.
    pub(super) fn value(&self, name: &str) -> Option<(String, Source)> {
        let (_, text) = self.values.iter().find(|(given, _)| given == name)?;
        Some((text.clone(), Source::File(self.path.clone())))
    }
}

/// As it would be written in a variable, so that one parser is enough.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str()).collect::<Option<Vec<_>>>().map(|all| all.join(","))
        }
        _ => None,
    }
}
