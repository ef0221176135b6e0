//! Commands by outcome.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    command: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Commands(Family<Labels, Counter>);

impl Commands {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("commands", "Commands by outcome", self.0.clone());
    }

    pub(super) fn count(&self, command: &'static str, outcome: &'static str) {
        self.0.get_or_create(&Labels { command, outcome }).inc();
    }
}
