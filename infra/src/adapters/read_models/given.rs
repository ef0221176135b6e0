//! What tests of read models are made of, whichever technology keeps them: histories, a log in memory, and the contract.

pub(crate) mod contract;
pub(crate) mod history;
pub(crate) mod log;

use projections::ports::Meter;

pub(crate) struct Deaf;

impl Meter for Deaf {
    fn lag(&self, _model: &'static str, _events: u64, _seconds: f64) {}

    fn parked(&self, _model: &'static str, _streams: u64) {}
}
