//! The binary under test, and what a subcommand of it said.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The built `bigtech-chat`: beside the test executable or one folder up, or what `BIGTECH_CHAT_BIN` names.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("BIGTECH_CHAT_BIN") {
        return PathBuf::from(named);
    }
    let test = std::env::current_exe().expect("a test executable has a path");
    // target/<profile>/deps/suite, or a program beside it.
    let found = test.ancestors().skip(1).take(2).map(|folder| folder.join("bigtech-chat")).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        let flag = if test.to_string_lossy().contains("/release/") { " --release" } else { "" };
        panic!("bigtech-chat is missing beside {}; build it first: cargo build{flag} -p infra", test.display())
    })
}

/// The command with none of this machine's own `CHAT_…` settings.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHAT_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a subcommand answered.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// The same, once it ended with 0.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The last JSON document on standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.parsed().pop().unwrap_or_else(|| panic!("no JSON in {self:?}"))
    }

    /// All JSON documents on standard output: lines, one array, or the `events` of one object.
    #[track_caller]
    pub fn documents(&self) -> Vec<Value> {
        let mut parsed = self.parsed();
        match parsed.as_mut_slice() {
            [Value::Array(all)] => std::mem::take(all),
            [Value::Object(one)] if one.contains_key("events") => {
                one["events"].as_array_mut().map(std::mem::take).unwrap_or_default()
            }
            _ => parsed,
        }
    }

    #[track_caller]
    fn parsed(&self) -> Vec<Value> {
        let parsed: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&self.stdout).into_iter().collect();
        parsed.unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }
}
