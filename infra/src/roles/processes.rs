//! The process managers, where commands of their context are carried out.

use std::sync::Arc;

use command_side::api::Commands;
use command_side::processes::{Notifications, Parts, Process, ProcessManager as _};

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
    if !settings.contexts.contains(&Context::Notification) {
        return;
    }
    let process = Process {
        manager: Notifications::new(parts(settings, adapters, commands)),
        feed: adapters.feed.clone(),
        turns: (adapters.stores.turns)(Notifications::NAME),
        meter: Arc::new(metrics.clone()),
    };
    tasks.spawn(endless(async move { process.run().await }));
}

fn parts(settings: &Settings, adapters: &Adapters, commands: &Commands) -> Parts {
    Parts {
        inboxes: commands.inboxes.clone(),
        friendships: commands.friendships.clone(),
        read_cursors: commands.read_cursors.clone(),
        history: commands.history.clone(),
        claims: commands.claims.clone(),
        digests: commands.digests.clone(),
        watchers: adapters.watchers.clone(),
        kept: settings.notifications_kept,
    }
}
