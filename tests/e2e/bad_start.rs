//! What does not fit is refused at start, in words that say what to do.

mod files;
mod schemas;
mod topics;
mod urls;

use std::time::{Duration, Instant};

use world::{Options, World};

/// Whatever waiting does not mend is told without waiting.
const AT_ONCE: Duration = Duration::from_secs(15);

/// Whether there are servers to be refused by; if not, that is said aloud.
fn has_servers() -> bool {
    if !world::is_distributed() {
        world::skipped("it is about the real servers: ./test --stack bad_start");
    }
    world::is_distributed()
}

/// What a process says that ends at start.
async fn refusal(options: Options) -> String {
    let begun = Instant::now();
    let world = options.begin().await;
    refused(&world, begun).await
}

async fn refused(world: &World, since: Instant) -> String {
    let code = world.end().await;
    assert!(code == 1 || code == 2, "it ended with {code}:\n{}", world.log());
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert!(!world.log().contains("panicked"), "{}", world.log());
    world.log()
}

#[track_caller]
fn says(log: &str, words: &[&str]) {
    let last = log.lines().rev().take(3).collect::<Vec<_>>().join("\n");
    let missing: Vec<_> = words.iter().filter(|word| !last.contains(**word)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in:\n{log}");
}
