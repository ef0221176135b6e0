//! What has to hold afterwards, looked at from the outside.

mod log;
mod messages;
mod models;
mod once;
mod order;
mod reads;
mod streams;

use crate::findings::Findings;
use crate::ledger::Entry;
use crate::load::doer::Common;
use crate::load::follower::Record;
use crate::load::scene::Scene;

pub(crate) use log::Log;

/// Everything that is known when all is quiet.
pub(crate) struct Evidence<'a> {
    pub(crate) common: &'a Common,
    pub(crate) scene: &'a Scene,
    pub(crate) entries: &'a [Entry],
    pub(crate) log: &'a Log,
    pub(crate) records: &'a [Record],
}

impl Evidence<'_> {
    fn findings(&self) -> &Findings {
        &self.common.findings
    }
}

/// All checks; what each looked at, in words.
pub(crate) async fn all(evidence: &Evidence<'_>) -> Vec<String> {
    let mut told = vec![log::check(evidence)];
    told.push(messages::check(evidence).await);
    told.push(once::check(evidence));
    told.push(order::check(evidence));
    told.push(streams::check(evidence));
    told.push(reads::check(evidence).await);
    told.extend(models::check(evidence).await);
    told
}
