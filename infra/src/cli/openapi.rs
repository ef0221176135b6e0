//! `bigtech-chat openapi`.

use std::process::ExitCode;

use super::Outcome;
use crate::http::document;

#[allow(clippy::print_stdout)]
pub(super) fn run() -> Outcome {
    println!("{}", document("BigTech Chat", []).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
