//! Who watches, while Redis is emptied, away and back, and when a process is killed.

use std::time::{Duration, Instant};

use command_side::ports::processes::Watchers as _;
use domain::{RoomId, UserId};
use infra::adapters::redis::RedisWatchers;
use query_side::ports::Watched as _;
use uuid::Uuid;

use super::LONG;
use super::server::Server;

const ANN: UserId = UserId(Uuid::from_u128(1));
const ROOM: RoomId = RoomId(Uuid::from_u128(7));
/// How long a process that is killed is believed to serve streams, and a second for a loaded machine.
const BELIEVED: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_redis_is_told_again() {
    let Some(server) = Server::start() else { return };
    let windows = server.keys().windows(Some(LONG));
    windows.told.came(ANN, ROOM);
    windows.becomes(ANN, ROOM, true).await;
    server.tell("FLUSHALL").expect("it answers");
    windows.becomes(ANN, ROOM, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_nobody_elsewhere_watches_and_when_it_is_back_they_do() {
    let Some(mut server) = Server::start() else { return };
    let windows = server.keys().windows(None);
    windows.told.came(ANN, ROOM);
    windows.becomes(ANN, ROOM, true).await;
    server.kill();
    windows.becomes(ANN, ROOM, false).await;
    server.back();
    windows.becomes(ANN, ROOM, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_killed_is_not_believed_to_serve_streams() {
    let Some(server) = Server::start() else { return };
    let keys = server.keys();
    let (serving, telling) = RedisWatchers::new(keys.redis(Some(LONG)));
    let (asked, _) = RedisWatchers::new(keys.redis(Some(LONG)));
    let life = tokio::spawn(telling.run());
    serving.came(ANN, ROOM);
    while !asked.is_watching(ANN, ROOM).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // It goes without a word.
    life.abort();
    let begun = Instant::now();
    while asked.is_watching(ANN, ROOM).await {
        assert!(begun.elapsed() < BELIEVED, "still believed after {:?}", begun.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
