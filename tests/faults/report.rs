//! What is told at the end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::injector::Done;
use crate::ledger::{Entry, Outcome};
use crate::load::follower::Record;

/// What a run has come to.
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Done>,
    pub(crate) entries: Vec<Entry>,
    /// How long faults were injected, and how long everything took to come back after the last.
    pub(crate) storm: Duration,
    pub(crate) quiet: Option<Duration>,
    pub(crate) checks: Vec<String>,
    pub(crate) records: Vec<Record>,
}

impl Report {
    pub(crate) fn text(&self) -> String {
        let mut lines = vec![format!(
            "seed {}: {} faults in {:.0} s; {} after the last",
            self.seed,
            self.faults.len(),
            self.storm.as_secs_f64(),
            self.quiet
                .map_or("not all came back".to_owned(), |quiet| format!("all came back {:.1} s", quiet.as_secs_f64())),
        )];
        lines.extend(self.kinds());
        lines.extend(self.operations());
        lines.extend(self.checks.iter().map(|check| format!("  {check}")));
        lines.join("\n")
    }

    /// Writes what each stream heard, and what was asked for, into `folder`: seconds since `begun`, line by line.
    pub(crate) fn keep(&self, folder: &Path, begun: Instant) -> std::io::Result<()> {
        let seconds = |at: Instant| at.saturating_duration_since(begun).as_secs_f64();
        for (number, Record { who, story, .. }) in self.records.iter().enumerate() {
            let lines = story.iter().map(|(at, what)| format!("{:9.3} {what}\n", seconds(*at)));
            fs::write(folder.join(format!("stream{number}.txt")), format!("{who}\n{}", lines.collect::<String>()))?;
        }
        let line = |entry: &Entry| format!("{:9.3} to {:9.3} {entry:?}\n", seconds(entry.began), seconds(entry.ended));
        fs::write(folder.join("ledger.txt"), self.entries.iter().map(line).collect::<String>())
    }

    /// Of each kind: how many, and the recoveries. Others may have been away at the same time.
    fn kinds(&self) -> Vec<String> {
        let mut kinds: BTreeMap<&str, Vec<Option<Duration>>> = BTreeMap::new();
        for done in &self.faults {
            kinds.entry(&done.kind).or_default().push(done.recovery);
        }
        let line = |(kind, all): (&str, Vec<Option<Duration>>)| {
            let mut known: Vec<_> = all.iter().flatten().map(Duration::as_secs_f64).collect();
            known.sort_by(f64::total_cmp);
            let (median, longest) = (known.get(known.len() / 2), known.last());
            let never = all.len() - known.len();
            let never = if never == 0 { String::new() } else { format!(", {never} never") };
            format!(
                "  {kind:<18} {:>3}   back after {:.1} s, at most {:.1} s{never}",
                all.len(),
                median.unwrap_or(&0.0),
                longest.unwrap_or(&0.0)
            )
        };
        kinds.into_iter().map(line).collect()
    }

    fn operations(&self) -> Vec<String> {
        let count = |is: &dyn Fn(&Entry) -> bool| self.entries.iter().filter(|entry| is(entry)).count();
        let longest = self.entries.iter().map(|entry| entry.ended - entry.began).max().unwrap_or_default();
        let mut lines = vec![format!(
            "  {} operations acknowledged ({} of them unknown first), {} refused, {} never settled; the longest took {:.1} s",
            count(&Entry::is_acknowledged),
            count(&|entry| entry.is_acknowledged() && entry.was_unknown),
            count(&|entry| matches!(entry.outcome, Outcome::Refused(_))),
            count(&|entry| entry.outcome == Outcome::Unsettled),
            longest.as_secs_f64(),
        )];
        let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in &self.entries {
            if let Outcome::Refused(why) = &entry.outcome {
                *refusals.entry(why).or_default() += 1;
            }
        }
        lines.extend(refusals.iter().map(|(why, times)| format!("    refused {times} times: {why}")));
        lines
    }
}
