//! The people and their rooms.

use world::{Person, Room, World};

/// How many groups there are; each has somebody who is put out and taken in again.
const GROUPS: usize = 3;
/// How many pairs become friends and part again.
const PAIRS: usize = 2;

/// Who takes part, and where.
pub(crate) struct Scene {
    /// Those who write without end, all of them in every group. The first owns them.
    pub(crate) writers: Vec<Person>,
    /// In every group from the start, and never writes or reads on.
    pub(crate) witness: Person,
    pub(crate) groups: Vec<Room>,
    /// Of each group: who is put out and taken in again.
    pub(crate) restless: Vec<Person>,
    /// Of the first two writers.
    pub(crate) direct: Room,
    pub(crate) pairs: Vec<(Person, Person)>,
}

impl Scene {
    /// Everybody signs up, and the rooms are opened, while nothing is wrong yet.
    pub(crate) async fn set(world: &World, writers: usize) -> Self {
        let writers = people(world, "writer", writers.max(2)).await;
        let witness = world.person("witness").await;
        let restless = people(world, "restless", GROUPS).await;
        let mut groups = Vec::new();
        for one in &restless {
            let members: Vec<_> = writers[1..].iter().chain([&witness, one]).collect();
            groups.push(writers[0].group("group", &members).await);
        }
        let direct = writers[0].direct(&writers[1]).await;
        let lefts = people(world, "left", PAIRS).await;
        let pairs = lefts.into_iter().zip(people(world, "right", PAIRS).await).collect();
        Self { writers, witness, groups, restless, direct, pairs }
    }

    /// All rooms in which a writer, by number, writes.
    pub(crate) fn rooms_of(&self, writer: usize) -> Vec<Room> {
        let direct = (writer < 2).then(|| self.direct.clone());
        self.groups.iter().cloned().chain(direct).collect()
    }

    /// Every room, and somebody who is in it throughout and can say what is in it.
    pub(crate) fn rooms(&self) -> Vec<(Room, Person)> {
        let groups = self.groups.iter().map(|group| (group.clone(), self.witness.clone()));
        groups.chain([(self.direct.clone(), self.writers[0].clone())]).collect()
    }
}

async fn people(world: &World, name: &str, count: usize) -> Vec<Person> {
    futures::future::join_all((0..count).map(|n| {
        let name = format!("{name}{n}");
        async move { world.person(&name).await }
    }))
    .await
}
