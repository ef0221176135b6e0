//! `bigtech-chat serve`.

use std::process::ExitCode;

use super::{Outcome, on_runtime};
use crate::config::Settings;
use crate::http::{Listeners, Parts, serve};

pub(super) fn run(settings: Settings) -> Outcome {
    on_runtime(&settings.clone(), async move {
        let parts = Parts {
            contexts: vec![],
            verify: std::sync::Arc::new(|_: &str| None),
            metrics: Default::default(),
            readiness: Default::default(),
        };
        serve(Listeners::bind(&settings)?, &parts, &settings, tokio::sync::watch::Sender::new(false)).await?;
        Ok(ExitCode::SUCCESS)
    })
}
