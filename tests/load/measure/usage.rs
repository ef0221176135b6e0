//! CPU time and memory of a process, from /proc.

use std::fs;

use crate::error::Error;

/// Ticks a second in /proc/PID/stat: 100 on every Linux we run on.
const TICKS: f64 = 100.0;

/// CPU seconds since the start of each process, or, as a difference, of a stretch of time.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Unknown when a running server was named without its process id.
    pub(crate) server: Option<f64>,
    pub(crate) generator: f64,
}

impl Usage {
    pub(crate) fn now(server: Option<u32>) -> Self {
        Self {
            server: server.and_then(|pid| cpu_seconds(&pid.to_string())),
            generator: cpu_seconds("self").unwrap_or(0.0),
        }
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server.zip(earlier.server).map(|(now, then)| now - then),
            generator: self.generator - earlier.generator,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            server: self.server.zip(other.server).map(|(one, two)| one + two),
            generator: self.generator + other.generator,
        }
    }
}

fn cpu_seconds(process: &str) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let after_name = &stat[stat.rfind(')')? + 1..];
    let times = after_name.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = times.filter_map(|field| field.parse().ok()).collect();
    Some(ticks.iter().sum::<f64>() / TICKS)
}

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// All of it, the program's own pages included (VmRSS).
    pub(crate) resident: f64,
    /// What it allocated (RssAnon).
    pub(crate) anonymous: f64,
}

pub(crate) fn memory(pid: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(Memory {
        resident: kilobytes(&status, "VmRSS:")? * 1024.0,
        anonymous: kilobytes(&status, "RssAnon:")? * 1024.0,
    })
}

fn kilobytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Refuses a scenario that needs more open files than this process, and so the server it starts, may have.
pub(crate) fn expect_files(needed: u64) -> Result<(), Error> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|rest| rest.split_whitespace().next());
    match soft.and_then(|value| value.parse::<u64>().ok()) {
        Some(allowed) if allowed < needed => Err(Error::TooFewFiles { needed, allowed }),
        _ => Ok(()),
    }
}
