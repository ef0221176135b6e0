//! One chat in several processes, on the same servers.

mod ends;
mod freshness;
mod roles;
mod starts;
mod streams;
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

/// Two processes that carry everything.
async fn two() -> Option<[World; 2]> {
    let one = first(World::options()).await?;
    let two = one.beside(World::options()).await;
    Some([one, two])
}

fn carrying(roles: &str) -> Options {
    World::options().setting("CHAT_ROLES", roles)
}
