//! `bigtech-chat serve`.

use std::process::ExitCode;

use super::{Outcome, on_runtime};
use crate::config::Settings;
use crate::roles;

pub(super) fn run(settings: Settings) -> Outcome {
    on_runtime(&settings.clone(), async move {
        roles::serve(settings).await?;
        Ok(ExitCode::SUCCESS)
    })
}
