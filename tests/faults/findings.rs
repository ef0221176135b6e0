//! What was found to be wrong, while it ran and afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// As many of a kind are told in full.
const TOLD: usize = 8;

/// What was violated: kind → what exactly. Shared by everybody who looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(Arc<Mutex<BTreeMap<&'static str, Vec<String>>>>);

impl Findings {
    pub(crate) fn add(&self, kind: &'static str, what: impl Into<String>) {
        let what = what.into();
        let mut all = self.0.lock();
        let of_kind = all.entry(kind).or_default();
        if of_kind.len() < TOLD {
            eprintln!("VIOLATED: {kind}: {what}");
        }
        of_kind.push(what);
    }

    /// Adds it when it does not hold.
    pub(crate) fn unless(&self, holds: bool, kind: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.add(kind, what());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// How often each kind was violated, and the first of each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (kind, all) in &*self.0.lock() {
            lines.push(format!("VIOLATED: {kind}: {} times", all.len()));
            lines.extend(all.iter().take(TOLD).map(|what| format!("    {what}")));
        }
        lines
    }
}
