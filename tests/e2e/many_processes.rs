//! One chat in several processes, on the same servers.

mod ends;
mod freshness;
mod roles;
mod starts;
mod streams;
mod telling;
mod walk;
mod writers;

use world::{Options, World};

/// A first process; none, said aloud, where there are no servers to share.
async fn first(options: Options) -> Option<World> {
    if !world::is_distributed() {
        world::skipped("a data folder is served by one process: ./test --stack many_processes");
        return None;
    }
    Some(options.start().await)
}

/// Two processes that carry everything, and share the partitions of both read models.
async fn two() -> Option<[World; 2]> {
    // Ample, so that a busy machine is not taken for a read that is not fresh.
    let options = || World::options().setting("CHAT_FRESHNESS_WAIT", "8s");
    let one = first(options()).await?;
    let two = one.beside(options()).await;
    // While partitions change hands nobody keeps them: reads wait for that, and may say that they are stale.
    let has_come = async || (given(&two) >= 2).then_some(());
    world::eventually("the second has partitions of both read models", has_come).await;
    Some([one, two])
}

/// How often partitions came to a process.
fn given(world: &World) -> usize {
    let log = world.log();
    log.matches(r#""come":"{"#).count() - log.matches(r#""come":"{}"#).count()
}

fn carrying(roles: &str) -> Options {
    World::options().setting("CHAT_ROLES", roles)
}
