//! Every suite on MySQL, each on databases of its own, and what only MySQL can be asked.

mod opening;
mod partitions;
mod paused;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use infra::adapters::migrate::Migrate;
use infra::adapters::read_models::Live;
use infra::adapters::read_models::mysql::{MysqlDirectory, MysqlLive, MysqlSuccession, MysqlVerification};
use projections::directory::{Directory, DirectoryChange};
use projections::ports::{ReadModel, Succession, Verification};
use query_side::Positions;
use query_side::ports::Reading;
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;

use super::directory::Shelf;
use super::read_model::history::{everything, user};
use super::read_model::rows::{commit, rows};
use super::read_model::{self, Home, Kept, Opened};
use super::sqlite::models::Models;
use super::{directory, generations, inboxes, rebuild, verify};

const STORE: &str = "a store of events";

/// Databases that go with the test.
struct Databases {
    server: String,
    name: String,
}

impl Databases {
    /// None, said aloud, when there is no server.
    fn new() -> Option<Arc<Self>> {
        let Some(server) = world::server("TEST_MYSQL") else {
            world::skipped("TEST_MYSQL is not set: eval \"$(infra/dev/stack test-env)\"");
            return None;
        };
        let server = server.trim_end_matches('/').to_owned();
        Some(Arc::new(Self { server, name: format!("c{}", Uuid::new_v4().simple()) }))
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    fn generation(&self, number: u64) -> String {
        format!("{}_g{number}", self.name)
    }

    async fn directory(&self) -> Arc<MysqlDirectory> {
        MysqlDirectory::connect(&self.url(), STORE, Migrate::Run).await.expect("the directory opens")
    }

    /// Runs a statement in `database`, as an operator would.
    async fn run(&self, database: &str, statement: &str) -> u64 {
        run(&format!("{}/{database}", self.server), statement).await
    }
}

async fn run(url: &str, statement: &str) -> u64 {
    let mut connection = MySqlConnection::connect(url).await.expect("MySQL answers");
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .rows_affected()
}

impl Drop for Databases {
    fn drop(&mut self) {
        let (url, name) = (format!("{}/information_schema", self.server), self.name.clone());
        // A runtime can not be waited for inside another.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(drop_all(&url, &name));
        });
        dropping.join().ok();
    }
}

async fn drop_all(url: &str, name: &str) {
    let mut connection = MySqlConnection::connect(url).await.expect("MySQL answers");
    let like = format!("{name}%");
    let all =
        sqlx::query_scalar::<_, Vec<u8>>("SELECT CAST(schema_name AS BINARY) FROM schemata WHERE schema_name LIKE ?");
    for database in all.bind(like).fetch_all(&mut connection).await.expect("names") {
        let database = String::from_utf8(database).expect("a name");
        connection.execute(format!("DROP DATABASE IF EXISTS `{database}`").as_str()).await.ok();
    }
}

#[async_trait(?Send)]
impl Home<Directory> for Databases {
    async fn open(&self) -> Arc<dyn Opened<Directory>> {
        Arc::new(Process(self.directory().await))
    }

    async fn change_maker(&self) {
        self.run(&self.name, "UPDATE generations SET maker = 'another' WHERE state = 'building'").await;
    }

    async fn end_retirement(&self) {
        self.run(&self.name, "UPDATE generations SET since = 0 WHERE state = 'retired'").await;
    }

    async fn keeps(&self, generation: u64) -> bool {
        let url = format!("{}/information_schema", self.server);
        let mut connection = MySqlConnection::connect(&url).await.expect("MySQL answers");
        let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM schemata WHERE schema_name = ?");
        count.bind(self.generation(generation)).fetch_one(&mut connection).await.expect("a count") == 1
    }

    async fn tamper(&self, generation: u64) -> (&'static str, Uuid) {
        let key = user(1).0;
        let statement = format!("UPDATE users SET nickname = 'tampered' WHERE id = x'{}'", key.simple());
        assert_eq!(self.run(&self.generation(generation), &statement).await, 1);
        ("users", key)
    }
}

struct Process(Arc<MysqlDirectory>);

async fn reading(of: &MysqlDirectory, bound: &Positions, wait: Duration) -> Reading<dyn query_side::ports::Directory> {
    of.reading(bound, wait).await.expect("MySQL answers")
}

#[async_trait]
impl Opened<Directory> for Process {
    fn live(&self) -> Arc<dyn ReadModel<DirectoryChange>> {
        Arc::new(MysqlLive::new(self.0.clone()))
    }

    async fn is_fresh(&self, bound: &Positions, wait: Duration) -> bool {
        reading(&self.0, bound, wait).await.is_fresh
    }

    async fn succession(&self) -> Result<Arc<dyn Succession<DirectoryChange>>, String> {
        let succession = MysqlSuccession::new(self.0.clone()).await.map_err(|error| error.to_string())?;
        Ok(succession)
    }

    async fn verification(&self) -> Box<dyn Verification<DirectoryChange>> {
        Box::new(MysqlVerification::new(self.0.clone()).await.expect("MySQL answers"))
    }
}

async fn shelf() -> Shelf {
    let databases = Databases::new().expect("there is a server");
    let opened = databases.directory().await;
    let directory = reading(&opened, &Positions::default(), Duration::ZERO).await.model;
    let url = format!("{}/{}", databases.server, databases.generation(1));
    let run = move |statement: String| {
        let url = url.clone();
        Box::pin(async move { assert!(run(&url, &statement).await > 0, "{statement}") })
            as futures::future::LocalBoxFuture<'static, ()>
    };
    Shelf { directory, run: Box::new(run), _kept: Box::new((opened, databases)) }
}

async fn home() -> Kept<Directory> {
    Databases::new().expect("there is a server")
}

macro_rules! suites {
    ($($test:ident: $suite:ident, $open:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            if Databases::new().is_some() {
                $suite::suite($open).await;
            }
        }
    )*};
}

suites! {
    rows_of_the_directory_on_mysql: read_model, home;
    generations_of_the_directory_on_mysql: generations, home;
    rebuilding_the_directory_on_mysql: rebuild, home;
    verifying_the_directory_on_mysql: verify, home;
    reading_the_directory_on_mysql: directory, shelf;
    reading_inboxes_on_mysql: inboxes, shelf;
}

#[tokio::test]
async fn equal_rows_have_the_digests_that_they_have_on_sqlite() {
    let Some(databases) = Databases::new() else { return };
    let events = everything(900);
    let homes: [Kept<Directory>; 2] = [databases, Models::<Directory>::new()];
    let mut digests = vec![];
    for home in &homes {
        let verification = home.open().await.verification().await;
        let scratch = verification.scratch().await.expect("a scratch");
        scratch.model.checkpoint(0).await.expect("a checkpoint");
        scratch.model.commit(commit::<Directory>(&events)).await.expect("a commit");
        digests.push((scratch.digests.tables(), rows(&scratch).await));
    }
    assert!(digests[0].1.len() > 20);
    assert_eq!(digests[0], digests[1]);
}
