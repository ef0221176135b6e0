//! The process managers, where commands of their context are carried out.

use std::sync::Arc;

use command_side::api::Commands;
use command_side::processes::{Deletion, Process, ProcessManager as _};

use super::Tasks;
use crate::adapters::Adapters;
use crate::adapters::opening::endless;
use crate::config::{Context, Settings};
use crate::telemetry::Metrics;

/// Starts those that the process's contexts have.
pub(super) fn start(
    settings: &Settings,
    adapters: &Adapters,
    metrics: &Metrics,
    commands: &Arc<Commands>,
    tasks: &mut Tasks,
) {
    if settings.contexts.contains(&Context::User) {
        let process = Process {
            manager: deletion(adapters, commands),
            feed: adapters.stores.deletions.clone(),
            turns: (adapters.stores.turns)(Deletion::NAME),
            meter: Arc::new(metrics.clone()),
        };
        tasks.spawn(endless(async move { process.run().await }));
    }
}

fn deletion(adapters: &Adapters, commands: &Commands) -> Deletion {
    Deletion {
        rooms: commands.rooms.clone(),
        friendships: commands.friendships.clone(),
        sessions: commands.sessions.clone(),
        vault: commands.vault.clone(),
        ties: commands.ties.clone(),
        deletions: adapters.stores.deletions.clone(),
    }
}
