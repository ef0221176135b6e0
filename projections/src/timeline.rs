//! The timeline: what was said in each room, and how far everybody read.
