//! What an import found, and what it made of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// How many ids are named for each reason.
const NAMED: usize = 20;

/// What is brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Users,
    Friendships,
    Rooms,
    Messages,
    Reads,
}

/// Things of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Found in the older system.
    pub read: u64,
    /// Events that were appended for them.
    pub appended: u64,
    /// Left as they were: brought over before, or another of the same pair was.
    pub there: u64,
    /// Not brought over, by reason.
    pub skipped: BTreeMap<&'static str, Cases>,
    /// Brought over otherwise than they were, by reason.
    pub mended: BTreeMap<&'static str, Cases>,
}

/// How often something was the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cases {
    pub count: u64,
    /// Older ids of the first 20.
    pub ids: Vec<String>,
}

/// What an import came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Report(pub BTreeMap<Kind, Counts>);

impl Report {
    pub(super) fn of(&mut self, kind: Kind) -> &mut Counts {
        self.0.entry(kind).or_default()
    }

    pub(super) fn read(&mut self, kind: Kind) {
        self.of(kind).read += 1;
    }

    /// Notes that it led to an event, or was there.
    pub(super) fn done(&mut self, kind: Kind, changed: bool) {
        let counts = self.of(kind);
        if changed { counts.appended += 1 } else { counts.there += 1 }
    }

    pub(super) fn skip(&mut self, kind: Kind, why: &'static str, id: impl ToString) {
        self.of(kind).skipped.entry(why).or_default().note(id);
    }

    pub(super) fn mend(&mut self, kind: Kind, why: &'static str, id: impl ToString) {
        self.of(kind).mended.entry(why).or_default().note(id);
    }

    /// How many things were looked at.
    #[must_use]
    pub fn looked_at(&self) -> u64 {
        self.0.values().map(|counts| counts.read).sum()
    }
}

impl Cases {
    fn note(&mut self, id: impl ToString) {
        self.count += 1;
        if self.ids.len() < NAMED {
            self.ids.push(id.to_string());
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Friendships => "friendships",
            Self::Rooms => "rooms",
            Self::Messages => "messages",
            Self::Reads => "reads",
        }
    }
}

/// A line for each kind and for each reason.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, counts) in &self.0 {
            let Counts { read, appended, there, skipped, mended } = counts;
            writeln!(f, "{}: {read} read, {appended} events appended, {there} there already", kind.name())?;
            for (what, reasons) in [("skipped", skipped), ("mended", mended)] {
                for (why, Cases { count, ids }) in reasons {
                    let more = if *count > ids.len() as u64 { ", …" } else { "" };
                    writeln!(f, "  {count} {what}, {why}: {}{more}", ids.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_all_and_names_the_first() {
        let mut report = Report::default();
        (0..30).for_each(|id| report.skip(Kind::Rooms, "UNKNOWN_USER", id));
        report.read(Kind::Rooms);
        report.done(Kind::Rooms, true);
        let skipped = &report.0[&Kind::Rooms].skipped["UNKNOWN_USER"];
        assert_eq!((skipped.count, skipped.ids.len()), (30, NAMED));
        let text = report.to_string();
        assert!(
            text.starts_with("rooms: 1 read, 1 events appended, 0 there already\n  30 skipped, UNKNOWN_USER: 0, 1,")
        );
        assert!(text.ends_with("19, …\n"), "{text}");
        let json = serde_json::to_value(&report).expect("JSON");
        assert_eq!(json["rooms"]["skipped"]["UNKNOWN_USER"]["count"], 30);
    }
}
