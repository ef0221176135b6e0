//! What becomes of an append when something breaks on the way.

use std::time::Duration;

use command_side::ports::{Append as _, AppendError, History as _, Item};
use sqlx::Executor as _;
use tokio::time::{Instant, sleep, timeout};

use super::super::given::{event_about, item, stream};
use super::proxy::Proxy;
use super::*;

const LOCK: &str = "SELECT pg_advisory_xact_lock(5491001)";
const SOON: Duration = Duration::from_secs(4);

/// Somebody who holds the lock of the appends, as nothing of ours ever does.
async fn holder(database: &Database) -> PgConnection {
    let mut holder = database.client().await;
    holder.execute("BEGIN").await.expect("a transaction");
    holder.execute(LOCK).await.expect("the lock");
    holder
}

async fn count(database: &Database, query: &str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&mut database.client().await).await.expect("a count")
}

/// How many appends wait for the lock.
async fn waiting(database: &Database) -> i64 {
    let query = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'advisory' AND query LIKE '%append_events%'";
    count(database, query).await
}

async fn until(what: &str, check: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !check().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// An append that waits for the lock.
async fn hanging(
    database: &Database,
    store: &Arc<PostgresEventStore>,
    item: Item,
) -> tokio::task::JoinHandle<Result<(), AppendError>> {
    let store = store.clone();
    let appending = tokio::spawn(async move { store.append(&[item]).await.map(|_| ()) });
    until("it waits", async || waiting(database).await == 1).await;
    appending
}

async fn by(proxy: &Proxy, database: &Database) -> Arc<PostgresEventStore> {
    PostgresEventStore::connect(&proxy.url(database), Migrate::Run).await.expect("the store opens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_connection_is_cut_is_over_before_anybody_looks_for_it() {
    let Some(database) = Database::new().await else { return };
    let (proxy, stream) = (Proxy::to(&database).await, stream());
    let store = by(&proxy, &database).await;
    let mut holder = holder(&database).await;
    let appending = hanging(&database, &store, item(stream, 0, 1)).await;
    proxy.cut();
    let outcome = timeout(SOON, appending).await.expect("in time").expect("alive");
    assert!(matches!(outcome, Err(AppendError::Unknown(_))), "{outcome:?}");
    assert_eq!(waiting(&database).await, 1, "the server goes on with it");
    assert_eq!(store.at(stream, 1).await, Ok(None));
    assert_eq!(waiting(&database).await, 0, "nothing is left that could still append");
    holder.execute("COMMIT").await.expect("released");
    let again = store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    assert_eq!(again[0].as_ref().map(|appended| appended.position), Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_was_carried_out_and_whose_answer_was_lost_is_found() {
    let Some(database) = Database::new().await else { return };
    let (proxy, stream) = (Proxy::to(&database).await, stream());
    let store = by(&proxy, &database).await;
    store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    proxy.mute();
    let second = item(stream, 1, 1);
    let (appending, event_id) = (store.clone(), second.events[0].event_id);
    let appending = tokio::spawn(async move { appending.append(&[second]).await });
    until("it is written", async || count(&database, "SELECT count(*) FROM events").await == 2).await;
    proxy.cut();
    let outcome = timeout(Duration::from_secs(10), appending).await.expect("in time").expect("alive");
    assert!(matches!(outcome, Err(AppendError::Unknown(_))), "{outcome:?}");
    assert_eq!(store.at(stream, 2).await.expect("the store is there").map(|event| event.event_id), Some(event_id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_session_is_ended_is_of_unknown_outcome_and_the_next_goes_on() {
    let Some(database) = Database::new().await else { return };
    let (store, stream) = (database.store().await, stream());
    let mut holder = holder(&database).await;
    let appending = hanging(&database, &store, item(stream, 0, 1)).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'advisory'";
    on(&database.url(), end).await;
    let outcome = timeout(SOON, appending).await.expect("in time").expect("alive");
    assert!(matches!(outcome, Err(AppendError::Unknown(_))), "{outcome:?}");
    assert_eq!(store.at(stream, 1).await, Ok(None));
    holder.execute("COMMIT").await.expect("released");
    assert!(store.append(&[item(stream, 0, 1)]).await.expect("the store is there")[0].is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_waits_too_long_has_written_nothing_and_says_that_the_store_is_away() {
    let Some(database) = Database::new().await else { return };
    let (store, stream) = (database.store().await, stream());
    let mut holder = holder(&database).await;
    let began = Instant::now();
    let outcome = store.append(&[item(stream, 0, 1)]).await;
    assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    holder.execute("COMMIT").await.expect("released");
    assert!(store.append(&[item(stream, 0, 1)]).await.expect("the store is there")[0].is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_server_ends_every_session_all_goes_on_by_itself() {
    let Some(database) = Database::new().await else { return };
    let (store, stream) = (database.store().await, stream());
    let logins = logins(&database, true).await;
    store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    let listening = tokio::spawn(listen(store.clone()));
    sleep(Duration::from_millis(300)).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    on(&database.url(), end).await;
    assert_eq!(store.after(stream, 0).await.expect("it is read").len(), 1);
    // The session of the connection that appends had nothing to do: nobody can tell.
    let lost = store.append(&[item(stream, 1, 1)]).await;
    assert!(matches!(lost, Err(AppendError::Unknown(_))), "{lost:?}");
    assert_eq!(store.at(stream, 2).await, Ok(None));
    assert!(store.append(&[item(stream, 1, 1)]).await.expect("the store is there")[0].is_ok());
    let (user, id) = (domain::UserId(Uuid::now_v7()), domain::SessionId(Uuid::now_v7()));
    let session = command_side::ports::NewSession { id, user, created_at: domain::Timestamp(0), user_agent: None };
    logins.sessions.open(session).await.expect("the store is there");
    logins.sessions.end(user, id).await.expect("the store is there");
    until("the end is learnt", async || logins.endings.is_ended(id)).await;
    let mut news = store.news();
    let another = database.store().await;
    another.append(&[item(stream, 2, 1)]).await.expect("the store is there");
    timeout(SOON, news.wait_for(|head| *head == 3)).await.expect("told").expect("the store is there");
    listening.abort();
}

#[tokio::test]
async fn a_value_that_the_database_refuses_fails_the_batch_and_nothing_else() {
    let Some(database) = Database::new().await else { return };
    let (store, stream) = (database.store().await, stream());
    let spoilt = |spoil: fn(&mut domain::stored::NewEvent)| {
        let mut event = event_about(stream.id);
        spoil(&mut event);
        Item { events: vec![event], ..item(stream, 0, 0) }
    };
    let bad = [
        spoilt(|event| event.raw.event_type = "a\0b".to_owned()),
        spoilt(|event| event.raw.event_type = String::new()),
        spoilt(|event| event.raw.json = "{".to_owned()),
        spoilt(|event| event.raw.json = "{\"a\":\"\0\"}".to_owned()),
    ];
    for bad in bad {
        let refused = store.append(&[item(super::super::given::stream(), 0, 1), bad]).await;
        assert!(matches!(refused, Err(AppendError::Rejected(_))), "{refused:?}");
    }
    let answers = store.append(&[item(stream, 0, 1)]).await.expect("the store is there");
    assert_eq!(answers[0].as_ref().map(|appended| appended.position), Ok(1), "without a hole");
}
