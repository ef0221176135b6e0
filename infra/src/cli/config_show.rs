//! `bigtech-chat config show`. What is secret in a URL is masked.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::Outcome;
use crate::config::{Key, Kind, Sources, items, masked};

/// Where the comments begin.
const COLUMN: usize = 60;

#[allow(clippy::print_stdout)]
pub(super) fn run(sources: &Sources, as_json: bool) -> Outcome {
    if as_json {
        println!("{:#}", document(sources));
    } else {
        sources.iter().for_each(|(key, text, source)| {
            let setting = format!("{} = {}", key.name, value(key, text));
            println!("{setting:<COLUMN$} # {source}");
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings, and in `sources` where each comes from.
fn document(sources: &Sources) -> Value {
    let mut settings: Map<_, _> =
        sources.iter().map(|(key, text, _)| (key.name.to_owned(), value(key, text))).collect();
    let from: Map<_, _> =
        sources.iter().map(|(key, _, source)| (key.name.to_owned(), json!(source.to_string()))).collect();
    settings.insert("sources".to_owned(), from.into());
    settings.into()
}

/// JSON's texts, numbers, switches and lists of texts are TOML's too.
fn value(key: &Key, text: &str) -> Value {
    match key.kind {
        Kind::Text => json!(masked(text)),
        Kind::Number => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
        Kind::Switch => json!(matches!(text, "on" | "true" | "1")),
        Kind::List => json!(items(text).collect::<Vec<_>>()),
    }
}
