//! Opening: what is wrong is said in words that tell what to do.

use futures::future::join_all;
use infra::adapters::opening::is_away;

use super::*;

async fn refused(url: &str, migrate: Migrate) -> infra::adapters::postgres::OpenError {
    PostgresEventStore::connect(url, migrate).await.err().expect("refused")
}

#[tokio::test]
async fn a_schema_that_is_missing_or_newer_is_refused_with_what_to_do() {
    let Some(database) = Database::new().await else { return };
    let missing = refused(&database.url(), Migrate::Check).await.to_string();
    assert!(missing.contains("bigtech-chat migrate"), "{missing}");
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut database.client().await).await.expect("a count");
    assert_eq!(tables, 0, "who only looks makes nothing");
    database.store().await;
    PostgresEventStore::connect(&database.url(), Migrate::Check).await.expect("it is there");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'newer', true, '', 0)";
    on(&database.url(), newer).await;
    for migrate in [Migrate::Run, Migrate::Check] {
        let newer = refused(&database.url(), migrate).await.to_string();
        assert!(newer.contains("newer release"), "{newer}");
    }
    on(&database.url(), "DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let older = refused(&database.url(), Migrate::Check).await.to_string();
    assert!(older.contains("bigtech-chat migrate"), "{older}");
}

#[tokio::test]
async fn a_database_of_something_else_is_refused() {
    let (Some(events), Some(keys)) = (Database::new().await, Database::new().await) else { return };
    events.store().await;
    PostgresKeys::connect(&keys.url(), Migrate::Run).await.expect("the keys open");
    for migrate in [Migrate::Run, Migrate::Check] {
        let other = refused(&keys.url(), migrate).await.to_string();
        assert!(other.contains("is not the event store") && other.contains("URL"), "{other}");
        let other = PostgresKeys::connect(&events.url(), migrate).await.err().expect("refused").to_string();
        assert!(other.contains("is not the keys"), "{other}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_told_from_one_that_refuses() {
    let Some(database) = Database::new().await else { return };
    let unknown = refused(&format!("{}x", database.url()), Migrate::Run).await;
    assert!(!is_away(&*unknown) && unknown.to_string().contains("does not exist"), "{unknown}");
    let nonsense = refused("postgres://chat@127.0.0.1:port/chat", Migrate::Run).await;
    assert!(!is_away(&*nonsense), "{nonsense}");
    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let away = refused(&format!("postgres://chat@{port}/chat"), Migrate::Run).await;
    assert!(is_away(&*away), "{away}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_make_one_schema() {
    let Some(database) = Database::new().await else { return };
    join_all((0..6).map(async |_| database.store().await)).await;
}
