//! Who lives in the house that a server is taken from.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use world::{Options, Person, Room, Stream, World};

use super::RECOVERY;

/// Two who write, one who reads, one who listens, and their room.
pub(super) struct Town {
    pub(super) world: World,
    pub(super) writers: [Person; 2],
    pub(super) reader: Person,
    pub(super) listener: Person,
    pub(super) room: Room,
}

impl Town {
    pub(super) async fn settle(options: Options) -> Self {
        let world = options.start().await;
        let [ann, bob, reader, listener] = world.people(["ann", "bob", "cid", "dan"]).await;
        let room = ann.group("town", &[&bob, &reader, &listener]).await;
        Self { world, writers: [ann, bob], reader, listener, room }
    }

    /// What `/health/ready` says: the status, and which parts are away.
    pub(super) async fn health(&self) -> (u16, Vec<String>) {
        let reply = self.world.anyone().get("/health/ready").await;
        let checks = reply["checks"].as_object().cloned().unwrap_or_default();
        let away = checks.into_iter().filter(|(_, state)| state == "away").map(|(part, _)| part);
        (reply.status, away.collect())
    }

    /// It says that exactly these are away, and is ready for what can still be answered.
    pub(super) async fn misses(&self, parts: &[&str]) {
        // On a busy machine a part that is there may miss its second to answer.
        let is_so = async || (self.health().await.1 == parts).then_some(());
        world::eventually(&format!("{parts:?} are away, and nothing else"), is_so).await;
        assert_eq!(self.health().await.0, 200, "what can still be answered is still to be asked for");
    }

    /// Nothing is away any more, within the bound.
    pub(super) async fn is_whole_again(&self) {
        let begun = Instant::now();
        while self.health().await != (200, vec![]) {
            assert!(begun.elapsed() < RECOVERY, "{:?}\n{}", self.health().await, self.world.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// A stream that is opened now, from the beginning of the room, gives what there is.
    pub(super) async fn can_be_listened_to(&self) {
        let mut stream: Stream = self.listener.reconnected().follow_after(&self.room, "0").await;
        stream.expect("connected").await;
        assert_eq!(stream.until("new_message").await.data["room_id"], self.room.id);
    }
}
