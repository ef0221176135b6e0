//! The ten promises of DESIGN.md section 2, each able to fail without the code that keeps it.

mod p01_durable;
mod p02_no_gaps;
mod p03_exactly_once;
mod p04_rebuilt_equals_live;
mod p05_own_writes;
mod p06_no_holes_live;
mod p07_sending_twice;
mod p08_blocks;
mod p08_races;
mod p09_no_secrets;
mod p10_out;

pub(crate) mod ledger;
pub(crate) mod storm;
