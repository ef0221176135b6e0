//! What was asked for and what was answered, as the clients know it.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Send { content: String },
    Edit { message: String, content: String },
    Delete { message: String },
    React { message: String, emoji: &'static str, added: bool },
    Read,
    Add { user: String },
    Remove { user: String },
    Befriend { user: String },
    Accept { user: String },
    Unfriend { user: String },
}

impl What {
    /// The message that it changes.
    pub(crate) fn changes(&self) -> Option<&str> {
        match self {
            Self::Edit { message, .. } | Self::Delete { message } | Self::React { message, .. } => Some(message),
            _ => None,
        }
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a 2xx: it must be there, once. Of a message: its id and version.
    Acknowledged(Option<(String, u64)>),
    /// With a refusal: it must not be there, unless an earlier try, whose outcome was unknown, was judged later.
    Refused(String),
    /// It never ended in time.
    Unsettled,
}

/// One thing that somebody asked for, with all its tries.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) user: String,
    pub(crate) room: String,
    pub(crate) what: What,
    /// When it was first asked for, and when it was settled.
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) outcome: Outcome,
    /// Whether the outcome of some try was unknown (no answer, a cut connection, a 503).
    pub(crate) was_unknown: bool,
}

impl Entry {
    pub(crate) fn is_acknowledged(&self) -> bool {
        matches!(self.outcome, Outcome::Acknowledged(_))
    }

    /// Whether it may be there although nobody said so.
    pub(crate) fn is_uncertain(&self) -> bool {
        !self.is_acknowledged() && self.was_unknown
    }

    /// A message that was sent: its id and version.
    pub(crate) fn sent(&self) -> Option<(&str, u64)> {
        match &self.outcome {
            Outcome::Acknowledged(Some((id, version))) => Some((id, *version)),
            _ => None,
        }
    }
}

/// Everything that anybody asked for. Shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Entry>>>);

impl Ledger {
    pub(crate) fn note(&self, entry: Entry) {
        self.0.lock().push(entry);
    }

    /// In the order in which it was settled.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0.lock().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }
}
