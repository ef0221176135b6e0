//! Several processes on one store.

use std::time::Duration;

use futures::future::join_all;
use sqlx::Executor as _;
use tokio::time::{Instant, sleep, timeout};

use super::super::given::{item, stream};
use super::proxy::Proxy;
use super::*;
use command_side::ports::{Append as _, NewSession};
use domain::{SessionId, Timestamp, UserId};
use infra::adapters::seals::check_seals;
use query_side::ports::Sessions as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_of_several_processes_leave_no_hole() {
    let Some(database) = Database::new().await else { return };
    let stores = join_all((0..4).map(async |_| database.store().await)).await;
    let grow = async |number: usize| {
        let (store, stream) = (&stores[number % 4], stream());
        let mut positions = vec![];
        for version in 0..25 {
            let answer = store.append(&[item(stream, 2 * version, 2)]).await.expect("the store is there").remove(0);
            positions.push(answer.expect("no conflict").position);
        }
        positions
    };
    let mut positions = join_all((0..8).map(grow)).await.concat();
    positions.sort_unstable();
    assert_eq!(positions, (0..200).map(|n| 2 * n + 1).collect::<Vec<_>>());
    assert_eq!(stores[0].look().await, Ok(400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_freezes_in_the_middle_of_a_transaction_stops_nobody() {
    let Some(database) = Database::new().await else { return };
    let store = database.store().await;
    let mut frozen = database.client().await;
    frozen.execute("BEGIN").await.expect("a transaction");
    frozen.execute("SELECT * FROM events").await.expect("a look");
    let mut busy = database.client().await;
    tokio::spawn(async move { busy.execute("SELECT pg_sleep(3) FROM (SELECT count(*) FROM events) look").await });
    let batch = [item(stream(), 0, 1)];
    let answers =
        timeout(Duration::from_secs(1), store.append(&batch)).await.expect("in time").expect("the store is there");
    assert!(answers[0].is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_in_one_process_ends_in_the_others_within_a_second() {
    let Some(database) = Database::new().await else { return };
    let logins = logins(&database, true).await;
    let (user, id) = (UserId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    let session = NewSession { id, user, created_at: Timestamp(i64::MAX / 2), user_agent: None };
    logins.sessions.open(session).await.expect("the store is there");
    sleep(Duration::from_millis(300)).await;
    logins.sessions.end(user, id).await.expect("the store is there");
    let ended = Instant::now();
    while !logins.endings.is_ended(id) {
        assert!(ended.elapsed() < Duration::from_secs(1), "not learnt");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_nobody_was_told_of_is_read() {
    let Some(database) = Database::new().await else { return };
    let logins = logins(&database, true).await;
    let (user, id) = (UserId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    let session = NewSession { id, user, created_at: Timestamp(i64::MAX / 2), user_agent: None };
    logins.sessions.open(session).await.expect("the store is there");
    let end = "UPDATE sessions SET ended_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    on(&database.url(), end).await;
    timeout(Duration::from_secs(3), async {
        while !logins.endings.is_ended(id) {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it is learnt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_of_no_ends_for_almost_as_long_as_a_token_lives_lets_all_streams_go() {
    let Some(database) = Database::new().await else { return };
    let proxy = Proxy::to(&database).await;
    let store = PostgresEventStore::connect(&proxy.url(&database), Migrate::Run).await.expect("the store opens");
    let ended = Arc::new(EndedSessions::default());
    let mut losses = ended.losses();
    // Reads go back 15 s further than they have to, and so much earlier it is over.
    let following = follow_endings(store, ended.clone(), Duration::from_secs(20));
    let _kept = kept(&database, [Box::pin(following) as BoxFuture<_>]);
    sleep(Duration::from_secs(6)).await;
    assert!(!losses.has_changed().expect("it goes on"), "as long as it hears, nothing is lost");
    proxy.mute();
    let lost = timeout(Duration::from_secs(8), losses.changed()).await;
    lost.expect("it knows").expect("it goes on");
    proxy.cut();
    // Of what ended meanwhile some may be forgotten in the store too.
    let back = timeout(Duration::from_secs(15), losses.changed()).await;
    back.expect("it hears again").expect("it goes on");
    sleep(Duration::from_secs(6)).await;
    assert!(!losses.has_changed().expect("it goes on"), "and goes on as before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_that_seal_while_others_append_make_one_chain() {
    let Some(database) = Database::new().await else { return };
    let stores = join_all((0..3).map(async |_| database.store().await)).await;
    stores[0].append(&[item(stream(), 0, 2500)]).await.expect("the store is there");
    let work = async |store: &PostgresEventStore| {
        for _ in 0..20 {
            store.append(&[item(stream(), 0, 7)]).await.expect("the store is there");
            store.seal_news().await.expect("sealed");
        }
    };
    join_all(stores.iter().map(async |store| work(store).await)).await;
    stores[0].seal_news().await.expect("sealed");
    let check = check_seals(&*stores[0]).await.expect("the store is there");
    assert_eq!((check.up_to, check.broken), (2920, None));
    for (harm, broken) in [
        ("UPDATE events SET hash = sha256('x') WHERE position = 1200", 2000),
        ("UPDATE seals SET hash = sha256('x') WHERE up_to = 1000", 1000),
    ] {
        on(&database.url(), harm).await;
        assert_eq!(check_seals(&*stores[0]).await.expect("the store is there").broken, Some(broken), "{harm}");
    }
}
