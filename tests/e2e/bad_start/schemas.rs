//! What lies in the databases is of a newer release, or somebody else's.

use std::time::Instant;

use sqlx::{Connection as _, Executor as _};
use world::World;

use super::{has_servers, refusal, refused, says};

async fn on_postgres(world: &World, part: &str, sql: &str) {
    let url = world.premises().expect("on the servers").postgres(part);
    let mut connection = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL answers");
    connection.execute(sql).await.expect("it is done");
}

async fn on_mysql(world: &World, sql: &str) {
    let url = format!("{}/{}", world::server("TEST_MYSQL").expect("set"), world.premises().expect("there").name());
    let mut connection = sqlx::MySqlConnection::connect(&format!("{url}_directory")).await.expect("MySQL answers");
    connection.execute(sql).await.expect("it is done");
}

async fn refused_again(world: &World) -> String {
    let begun = Instant::now();
    world.begin_again();
    refused(world, begun).await
}

#[tokio::test]
async fn a_schema_that_is_newer_than_the_binary_is_refused() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    world.kill();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'newer', true, '', 0)";
    for (part, name) in [("events", "event store"), ("keys", "keys")] {
        on_postgres(&world, part, newer).await;
        says(&refused_again(&world).await, &[name, "newer release"]);
        on_postgres(&world, part, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    }
    on_mysql(&world, newer).await;
    says(&refused_again(&world).await, &["directory", "newer release"]);
    on_mysql(&world, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    world.restart().await;
}

#[tokio::test]
async fn read_models_of_another_event_store_are_refused() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    let settings = world.premises().expect("there").settings();
    for (name, part) in [("CHAT_DIRECTORY", "directory"), ("CHAT_TIMELINE", "timeline")] {
        let (_, url) = settings.iter().find(|(known, _)| known == name).expect("a setting");
        let log = refusal(World::options().setting(name, url)).await;
        says(&log, &[part, "another event store", "name another database"]);
    }
}

#[tokio::test]
async fn keys_and_secrets_of_another_event_store_are_refused() {
    if !has_servers() {
        return;
    }
    let world = World::start().await;
    // So that there is a key that somebody would miss.
    world.person("ann").await;
    let keys = world.premises().expect("there").postgres("keys");
    let log = refusal(World::options().setting("CHAT_KEYS", &keys)).await;
    says(&log, &["put it back"]);
    world.kill();
    std::fs::remove_dir_all(world.data().join("secrets")).expect("the secrets");
    says(&refused_again(&world).await, &["secrets/digest.key", "put it back"]);
    assert!(!world.data().join("secrets/digest.key").exists(), "what is lost is not made anew");
    for command in [&["verify", "timeline"][..], &["rebuild", "directory"], &["adopt", "--yes"], &["migrate"]] {
        let outcome = world::Outcome::from(world.command(command).output().expect("it ends"));
        assert!(outcome.code == 1 && outcome.stderr.contains("secrets/digest.key"), "{command:?}: {outcome:?}");
    }
}
