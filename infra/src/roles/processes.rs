//! The process managers, where commands of their context are carried out.

use std::sync::Arc;

use command_side::api::Commands;
use command_side::ports::processes::Feed;
use command_side::processes::{Deletion, Notifications, Parts, Process, ProcessManager};

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
        let deletions = adapters.stores.deletions.clone();
        tasks.spawn(endless(carry_on(deletion(adapters, commands), deletions, adapters, metrics)));
    }
    if settings.contexts.contains(&Context::Notification) {
        let notifications = Notifications::new(parts(settings, adapters, commands));
        tasks.spawn(endless(carry_on(notifications, adapters.feed.clone(), adapters, metrics)));
    }
}

/// Carries `manager` on over what `feed` gives.
fn carry_on<M: ProcessManager + 'static>(
    manager: M,
    feed: Arc<dyn Feed>,
    adapters: &Adapters,
    metrics: &Metrics,
) -> impl Future<Output = ()> + use<M> {
    let turns = (adapters.stores.turns)(M::NAME);
    let process = Process { manager, feed, turns, meter: Arc::new(metrics.clone()) };
    async move { process.run().await }
}

fn parts(settings: &Settings, adapters: &Adapters, commands: &Commands) -> Parts {
    Parts {
        inboxes: commands.inboxes.clone(),
        friendships: commands.friendships.clone(),
        read_cursors: commands.read_cursors.clone(),
        history: commands.history.clone(),
        vault: commands.vault.clone(),
        claims: commands.claims.clone(),
        digests: commands.digests.clone(),
        watchers: adapters.watchers.clone(),
        kept: settings.notifications_kept,
    }
}

fn deletion(adapters: &Adapters, commands: &Commands) -> Deletion {
    Deletion {
        rooms: commands.rooms.clone(),
        friendships: commands.friendships.clone(),
        inboxes: commands.inboxes.clone(),
        sessions: commands.sessions.clone(),
        vault: commands.vault.clone(),
        ties: commands.ties.clone(),
        deletions: adapters.stores.deletions.clone(),
    }
}
