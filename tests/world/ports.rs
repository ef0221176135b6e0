//! Port offsets that nobody on this machine uses.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// The ports of a process without an offset: gateway, chat, friend, notification, user, operations.
pub(crate) const PORTS: [u16; 6] = [8000, 8002, 8003, 8004, 8005, 8009];

const FIRST: u32 = 1_000;
const STEP: u32 = 10;
/// The last port stays below the range from which the kernel takes ports for outgoing connections.
const SLOTS: u32 = 2_300;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An offset at which all its ports can be bound now.
pub fn free_offset() -> u16 {
    let start = std::process::id().wrapping_mul(2_654_435_761) >> 8;
    for _ in 0..SLOTS {
        let slot = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % SLOTS;
        let offset = u16::try_from(FIRST + slot * STEP).expect("offsets fit a port");
        if PORTS.iter().all(|port| TcpListener::bind(("127.0.0.1", port + offset)).is_ok()) {
            return offset;
        }
    }
    panic!("no free port offset on this machine");
}
