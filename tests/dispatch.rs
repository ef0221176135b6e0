//! Dispatch against the real store, with faults put in between: what an append's failure may and may not do.

mod faulty;
mod stage;

mod conflicts;
mod keys;
mod lanes;
mod outcomes;
mod snapshots;
