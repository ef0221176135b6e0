//! One suite a port: whatever adapter answers it, it answers so. A suite is told how to open a fresh one.

/// The cases of a suite, each run on an adapter of its own.
macro_rules! suite {
    // A suite of any projection.
    (<$projection:ident> $adapter:ty: $($case:path),* $(,)?) => {
        /// Runs every case.
        pub(super) async fn suite<$projection: Projection>(open: impl AsyncFn() -> $adapter) {
            $(
                println!(stringify!($case));
                Box::pin($case(open().await)).await;
            )*
        }
    };
    ($adapter:ty: $($case:path),* $(,)?) => {
        /// Runs every case.
        pub(super) async fn suite(open: impl AsyncFn() -> $adapter) {
            $(
                println!(stringify!($case));
                Box::pin($case(open().await)).await;
            )*
        }
    };
}

mod append;
mod deletions;
mod directory;
mod freshness;
mod generations;
mod given;
mod history;
mod images;
mod inboxes;
mod kafka;
mod keyless;
mod log;
mod mongo;
mod mysql;
mod older;
pub(crate) mod postgres;
mod presence;
mod races;
mod rates;
mod read_model;
mod rebuild;
mod redis;
mod sessions;
mod snapshots;
mod sqlite;
mod throttle;
mod timeline;
mod turns;
mod unique;
mod vault;
mod verify;
mod watchers;
