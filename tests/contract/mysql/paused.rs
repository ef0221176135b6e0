//! Projectors that stand still in the middle of a transaction, and a server that is not there.

use infra::adapters::partitions::THE_STORE;
use projections::ports::{Checkpoint, Commit, CommitError};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

use super::super::read_model::history::{room, talk};
use super::*;

/// Begins what a commit begins, as a projector that is then paused; `sign` makes it one that others know.
async fn asleep(databases: &Databases, sign: bool) -> MySqlConnection {
    let url = format!("{}/{}", databases.server, databases.generation(1));
    let mut connection = MySqlConnection::connect(&url).await.expect("MySQL answers");
    if sign {
        connection.execute("REPLACE INTO writers VALUES (0, CONNECTION_ID())").await.expect("signed");
    }
    for statement in [
        "START TRANSACTION",
        "SELECT until FROM fence WHERE id = 1 LOCK IN SHARE MODE",
        "UPDATE checkpoints SET position = 10, log_offset = 10 WHERE partition_no = 0",
        "INSERT INTO users (id, version, email, username, nickname, status_message, created_at, updated_at) VALUES (REPEAT('x', 16), 1, NULL, NULL, 'asleep', NULL, 1, 1)",
    ] {
        connection.execute(statement).await.expect("it begins");
    }
    connection
}

#[tokio::test]
async fn a_projector_that_is_paused_in_a_commit_stops_no_other_and_changes_nothing() {
    let Some(databases) = Databases::new() else { return };
    let live = MysqlLive::new(databases.directory().await);
    let still = |at| Commit { partition: 0, from: at, to: at, changes: vec![], parked: vec![], released: vec![] };
    live.commit(still(Checkpoint::default())).await.expect("a row of its own");
    let mut sleeper = asleep(&databases, true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let committing = timeout(Duration::from_secs(15), async {
        loop {
            match live.commit(commit::<Directory>(&talk(room(0), 9))).await {
                Ok(()) => break,
                Err(CommitError::Moved(_) | CommitError::Unavailable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
    committing.await.expect("it goes on");
    assert!(sleeper.execute("COMMIT").await.is_err(), "it is cut off");
    assert_eq!(live.checkpoint(THE_STORE).await.expect("a checkpoint").position, 10);
    let left = databases.run(&databases.generation(1), "DELETE FROM users WHERE nickname = 'asleep'").await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_projector_that_is_paused_in_a_commit_holds_no_rebuild_up() {
    let Some(databases) = Databases::new() else { return };
    let directory = databases.directory().await;
    let live = MysqlLive::new(directory.clone());
    live.commit(commit::<Directory>(&talk(room(0), 4))).await.expect("a commit");
    let mut sleeper = asleep(&databases, true).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let succession = MysqlSuccession::new(directory).await.expect("a succession");
    succession.building().await.expect("a generation");
    let fencing = timeout(Duration::from_secs(15), succession.fence(Duration::from_secs(10)));
    let stands = fencing.await.expect("in time").expect("a fence");
    assert_eq!(stands[0].1.position, 5);
    assert_eq!(succession.switch().await, Ok(2));
    assert!(sleeper.execute("COMMIT").await.is_err(), "it is cut off");
}

/// A way to the server that can be cut.
async fn through(server: &str) -> (String, tokio::task::JoinHandle<()>) {
    let to = server.rsplit('@').next().expect("an address").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = server.replace(&to, &listener.local_addr().expect("an address").to_string());
    let way = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut from, _)) = listener.accept().await {
            let to = to.clone();
            open.spawn(async move {
                let mut server = TcpStream::connect(to).await.expect("MySQL answers");
                copy_bidirectional(&mut from, &mut server).await.ok();
            });
        }
    });
    (url, way)
}

#[tokio::test]
async fn when_the_server_is_away_that_is_said_at_once() {
    let Some(databases) = Databases::new() else { return };
    let (url, way) = through(&databases.server).await;
    let url = format!("{url}/{}", databases.name);
    let directory = MysqlDirectory::connect(&url, STORE, Migrate::Run).await.expect("it opens");
    let live = MysqlLive::new(directory.clone());
    let before = reading(&directory, &Positions::default(), Duration::ZERO).await;
    way.abort();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let began = Instant::now();
    let waiting = directory.reading(&Positions::of(0, 1), Duration::from_secs(30)).await;
    assert!(waiting.is_err() && began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let began = Instant::now();
    assert!(before.model.by_ids(&[user(1)]).await.is_err());
    assert!(Live::<dyn query_side::ports::Directory>::check(&*directory).await.is_err());
    let committed = live.commit(commit::<Directory>(&talk(room(0), 4))).await;
    assert!(matches!(committed, Err(CommitError::Unavailable(_))), "{committed:?}");
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}
