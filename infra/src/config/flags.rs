//! Settings as flags, made of the table of settings.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::{Key, keys};

const HEADING: &str = "Settings";

/// Flags of what serves: every setting.
pub type AllFlags = Flags<true>;

/// Flags of what does not serve: the settings that it needs.
pub type CommonFlags = Flags<false>;

/// The settings that were given as flags.
#[derive(Clone, Debug, Default)]
pub struct Flags<const ALL: bool> {
    config: Option<PathBuf>,
    values: Vec<(&'static str, String)>,
}

impl<const ALL: bool> Flags<ALL> {
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(given, _)| *given == name).map(|(_, text)| text.as_str())
    }

    /// These, and for what they do not name the `others`, which stood before the subcommand.
    #[must_use]
    pub fn or<const OTHERS: bool>(mut self, others: Flags<OTHERS>) -> Self {
        self.config = self.config.or(others.config);
        // The first of a name counts.
        self.values.extend(others.values);
        self
    }

    fn keys() -> impl Iterator<Item = Key> {
        keys::all().filter(|key| ALL || key.everywhere)
    }
}

fn arg(key: Key) -> Arg {
    let default = if key.default.is_empty() { "none" } else { key.default };
    let help = format!("{} [env: {}] [default: {default}]", key.help, key.environment);
    // A negative number is a bad value, not another flag.
    Arg::new(key.name).long(key.flag).value_name("VALUE").help(help).help_heading(HEADING).allow_negative_numbers(true)
}

impl<const ALL: bool> Args for Flags<ALL> {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config").long("config").value_name("FILE").value_parser(value_parser!(PathBuf));
        let config = config.help("A TOML file with settings [env: CHAT_CONFIG]").help_heading(HEADING);
        command.arg(config).args(Self::keys().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const ALL: bool> FromArgMatches for Flags<ALL> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key: Key| Some((key.name, matches.get_one::<String>(key.name)?.clone()));
        let values = Self::keys().filter_map(given).collect();
        Ok(Self { config: matches.get_one::<PathBuf>("config").cloned(), values })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|new| *self = new)
    }
}
