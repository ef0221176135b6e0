//! `bigtech-chat openapi`.

use std::process::ExitCode;

use super::Outcome;
use crate::http::document;

#[allow(clippy::print_stdout)]
pub(super) fn run() -> Outcome {
    let parts = command_side::api::documents().into_iter().chain(query_side::api::documents());
    println!("{}", document("BigTech Chat", parts).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
