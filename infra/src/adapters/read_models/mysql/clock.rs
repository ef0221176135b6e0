//! The time by the server's clock: the processes' clocks may differ from each other.

/// Milliseconds since 1970, UTC, in SQL. Not by `NOW()`, which stands still while its statement waits for a lock.
macro_rules! server_time {
    () => {
        "CAST(UNIX_TIMESTAMP(SYSDATE(3)) * 1000 AS SIGNED)"
    };
}
pub(super) use server_time;
