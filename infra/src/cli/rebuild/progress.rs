//! How far something has come, on standard error: one line that changes on a terminal, a line every 2 s elsewhere.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use projections::rebuild::Progress;

const TERMINAL: Duration = Duration::from_millis(100);
const ELSEWHERE: Duration = Duration::from_secs(2);

/// Tells from time to time.
pub(crate) struct Ticker {
    is_terminal: bool,
    next: Instant,
    has_told: bool,
}

impl Ticker {
    pub(crate) fn start() -> Self {
        let is_terminal = stderr().is_terminal();
        Self { is_terminal, next: Instant::now() + every(is_terminal), has_told: false }
    }

    pub(crate) fn tell(&mut self, progress: &Progress) {
        if Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + every(self.is_terminal);
        self.has_told = true;
        let line = line(progress);
        // Nobody may be listening; the work goes on.
        let _ = if self.is_terminal { write!(stderr(), "\r\u{1b}[K{line}") } else { writeln!(stderr(), "{line}") };
    }

    /// Leaves the terminal with an empty line.
    pub(crate) fn end(&self) {
        if self.is_terminal && self.has_told {
            let _ = write!(stderr(), "\r\u{1b}[K");
        }
    }
}

const fn every(is_terminal: bool) -> Duration {
    if is_terminal { TERMINAL } else { ELSEWHERE }
}

fn line(progress: &Progress) -> String {
    let Progress { position, goal, rate, left, .. } = progress;
    let left = left.map_or_else(String::new, |left| format!(", {} left", clock(left)));
    format!("{position} of {goal} events, {rate:.0}/s{left}")
}

fn clock(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..=59 => format!("{seconds} s"),
        seconds @ 60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_how_far_how_fast_and_how_long_still() {
        let progress = Progress { events: 10, position: 30, goal: 90, rate: 51.4, left: Some(Duration::from_secs(61)) };
        assert_eq!(line(&progress), "30 of 90 events, 51/s, 1 min 1 s left");
        assert_eq!(line(&Progress { left: None, ..progress }), "30 of 90 events, 51/s");
    }
}
