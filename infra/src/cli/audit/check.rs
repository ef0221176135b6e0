//! An exported audit, checked without the system.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use projections::audit::{Broken, Chain};
use serde_json::{Value, json};

use super::super::Outcome;

/// Says whether every line is what was recorded; else the first that is not.
pub(super) fn run(path: &Path, as_json: bool) -> Outcome {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut chain = Chain::default();
    let mut broken = None;
    for line in BufReader::new(file).lines() {
        if let Err(found) = chain.take(&line?) {
            broken = Some(found);
            break;
        }
    }
    if broken.is_none() && chain.end().is_none() {
        return Err(format!("{} holds no events", path.display()).into());
    }
    let told = if as_json { document(&chain, broken.as_ref()).to_string() } else { words(&chain, broken.as_ref()) };
    writeln!(stdout(), "{told}")?;
    Ok(if broken.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn document(chain: &Chain, broken: Option<&Broken>) -> Value {
    let end = chain.end();
    json!({
        "good": broken.is_none(),
        "stream": end.map(|(stream, ..)| stream.to_string()),
        "events": end.map_or(0, |(_, version, _)| version),
        "hash": end.map(|(.., hash)| hash.to_string()),
        "line": broken.map(|broken| broken.line),
        "fault": broken.map(|broken| broken.fault.to_string()),
    })
}

fn words(chain: &Chain, broken: Option<&Broken>) -> String {
    match (broken, chain.end()) {
        (Some(broken), _) => format!("broken at {broken}"),
        (None, Some((stream, version, hash))) => {
            format!("good: {version} events of {stream}, the last with hash {hash}")
        }
        (None, None) => "empty".to_owned(),
    }
}
