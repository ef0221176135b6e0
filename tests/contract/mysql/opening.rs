use super::*;

async fn refusal(databases: &Databases, identity: &str, migrate: Migrate) -> String {
    let opened = MysqlDirectory::connect(&databases.url(), identity, migrate).await;
    opened.err().expect("it is refused").to_string()
}

#[tokio::test]
async fn what_is_missing_is_not_made_when_it_is_only_to_be_checked() {
    let Some(databases) = Databases::new() else { return };
    let told = refusal(&databases, STORE, Migrate::Check).await;
    assert!(told.contains("bigtech-chat migrate") && told.contains(&databases.name), "{told}");
    databases.directory().await;
    MysqlDirectory::connect(&databases.url(), STORE, Migrate::Check).await.expect("it is there now");
}

#[tokio::test]
async fn a_schema_of_a_newer_release_is_refused() {
    let Some(databases) = Databases::new() else { return };
    databases.directory().await;
    for database in [databases.name.clone(), databases.generation(1)] {
        databases.run(&database, "UPDATE _sqlx_migrations SET version = version + 1000").await;
        for migrate in [Migrate::Run, Migrate::Check] {
            let told = refusal(&databases, STORE, migrate).await;
            assert!(told.contains("newer release"), "{told}");
        }
        databases.run(&database, "UPDATE _sqlx_migrations SET version = version - 1000").await;
    }
    databases.directory().await;
}

#[tokio::test]
async fn the_directory_of_another_event_store_is_refused_by_name() {
    let Some(databases) = Databases::new() else { return };
    databases.directory().await;
    let told = refusal(&databases, "another one", Migrate::Run).await;
    assert!(told.contains("this directory belongs to another event store") && told.contains(STORE), "{told}");
}

#[tokio::test]
async fn many_processes_that_open_at_once_make_one_generation() {
    let Some(databases) = Databases::new() else { return };
    let opening = (0..6).map(|_| databases.directory());
    let opened = futures::future::join_all(opening).await;
    assert_eq!(opened.len(), 6);
    assert!(Home::<Directory>::keeps(&*databases, 1).await && !Home::<Directory>::keeps(&*databases, 2).await);
}

#[tokio::test]
async fn a_url_without_a_database_or_with_an_odd_one_says_so() {
    for url in ["mysql://root@127.0.0.1:1", "mysql://root@127.0.0.1:1/a-b", "mysql://root@127.0.0.1:1/a%60b"] {
        let told = MysqlDirectory::connect(url, STORE, Migrate::Run).await.err().expect("it is refused").to_string();
        assert!(told.contains("must name a database"), "{told}");
    }
}
