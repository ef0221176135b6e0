//! Workers that share the partitions.

use std::collections::BTreeSet;

use infra::adapters::kafka::Group;

use super::wire::{PARTITIONS, Wire};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_name_another_takes_goes_on_without_it() {
    let Some(wire) = Wire::new().await else { return };
    let join = || Group::join(&wire.url, "workers", Some("the-same")).expect("a group");
    let first = join();
    let all: BTreeSet<_> = PARTITIONS.all().into_iter().collect();
    let of = |group: &Group| group.assigned().borrow().iter().copied().collect::<BTreeSet<_>>();
    world::eventually("the first has all", async || (of(&first) == all).then_some(())).await;
    let second = join();
    let are_shared = async || {
        let (one, other) = (of(&first), of(&second));
        let is_fair = !one.is_empty() && !other.is_empty() && one.is_disjoint(&other);
        (is_fair && one.union(&other).copied().collect::<BTreeSet<_>>() == all).then_some(())
    };
    world::eventually("both have some, and all is somebody's", are_shared).await;
    first.leave().await;
    world::eventually("the second has all", async || (of(&second) == all).then_some(())).await;
    second.leave().await;
    wire.end().await;
}
