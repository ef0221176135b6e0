//! Both read models on SQLite, and rows that are looked at one by one.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::RoomId;
use infra::adapters::read_models::Live;
use infra::adapters::read_models::sqlite::{Generations, Kept, LiveModel, Model, SqliteSuccession, SqliteVerification};
use projections::directory::{Directory, DirectoryChange, search_words};
use projections::ports::{Projection, ReadModel, Succession, Verification};
use projections::timeline::{Timeline, TimelineChange};
use query_side::Positions;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use tempfile::TempDir;
use uuid::Uuid;

use crate::contract::directory::Shelf;
use crate::contract::read_model::history::{everything, room, user};
use crate::contract::read_model::log::MemoryLog;
use crate::contract::read_model::rows::commit;
use crate::contract::read_model::{self, Home, Opened, applied, verdict};
use crate::contract::{directory, generations, inboxes, rebuild, verify};

/// A folder with the generations of one read model.
pub(in crate::contract) struct Models<P>(TempDir, PhantomData<fn(P)>);

impl<P: Projection<Change: Kept>> Models<P> {
    pub(in crate::contract) fn new() -> Arc<Self> {
        Arc::new(Self(TempDir::new().expect("a folder"), PhantomData))
    }

    fn file(&self, generation: u64) -> PathBuf {
        self.0.path().join(format!("{}.{generation}.db", P::Change::MODEL))
    }

    async fn generations(&self) -> Arc<Generations> {
        Generations::open(self.0.path(), P::Change::MODEL).await.expect("generations")
    }

    /// As somebody who tampers with it would.
    async fn harm(&self, generation: u64, statement: &str) -> u64 {
        run(self.file(generation), statement).await
    }

    async fn on_registry(&self, statement: &str) {
        run(self.0.path().join("models.db"), statement).await;
    }
}

async fn run(file: PathBuf, statement: &str) -> u64 {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
    let mut connection: SqliteConnection = options.connect().await.expect("the file opens");
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .rows_affected()
}

#[async_trait(?Send)]
impl<P: Projection<Change: Kept>> Home<P> for Models<P> {
    async fn open(&self) -> Arc<dyn Opened<P>> {
        Arc::new(Process(self.generations().await, PhantomData))
    }

    async fn change_maker(&self) {
        self.on_registry("UPDATE generations SET maker = 'another' WHERE state = 'building'").await;
    }

    async fn end_retirement(&self) {
        self.on_registry("UPDATE generations SET since = 0 WHERE state = 'retired'").await;
    }

    async fn keeps(&self, generation: u64) -> bool {
        self.file(generation).exists()
    }

    async fn tamper(&self, generation: u64) -> (&'static str, Uuid) {
        let (table, key, statement) = match P::Change::MODEL {
            Model::Directory => ("users", user(1).0, "UPDATE users SET nickname = 'tampered' WHERE id ="),
            Model::Timeline => {
                ("messages", room(2).0, "UPDATE messages SET content = 'tampered' WHERE number = 7 AND room_id =")
            }
        };
        assert_eq!(self.harm(generation, &format!("{statement} x'{}'", key.simple())).await, 1);
        (table, key)
    }
}

struct Process<P>(Arc<Generations>, PhantomData<fn(P)>);

#[async_trait]
impl<P: Projection<Change: Kept>> Opened<P> for Process<P> {
    fn live(&self) -> Arc<dyn ReadModel<P::Change>> {
        Arc::new(LiveModel::<P::Change>::new(self.0.clone()))
    }

    async fn is_fresh(&self, bound: &Positions, wait: Duration) -> bool {
        let reading = Live::<dyn query_side::ports::Directory>::reading(&*self.0, bound, wait).await;
        reading.expect("the file is there").is_fresh
    }

    async fn succession(&self) -> Result<Arc<dyn Succession<P::Change>>, String> {
        let succession = SqliteSuccession::<P::Change>::new(self.0.clone()).map_err(|error| error.to_string())?;
        Ok(succession)
    }

    async fn verification(&self) -> Box<dyn Verification<P::Change>> {
        Box::new(SqliteVerification::new(self.0.clone()).await.expect("the folder is there"))
    }
}

async fn home<P: Projection<Change: Kept>>() -> read_model::Kept<P> {
    Models::<P>::new()
}

macro_rules! suites {
    ($($test:ident: $suite:ident, $projection:ty;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            $suite::suite(home::<$projection>).await;
        }
    )*};
}

suites! {
    rows_of_the_directory_on_sqlite: read_model, Directory;
    rows_of_the_timeline_on_sqlite: read_model, Timeline;
    generations_of_the_directory_on_sqlite: generations, Directory;
    generations_of_the_timeline_on_sqlite: generations, Timeline;
    rebuilding_the_directory_on_sqlite: rebuild, Directory;
    rebuilding_the_timeline_on_sqlite: rebuild, Timeline;
    verifying_the_directory_on_sqlite: verify, Directory;
    verifying_the_timeline_on_sqlite: verify, Timeline;
}

async fn shelf() -> Shelf {
    let models = Models::<Directory>::new();
    let generations = models.generations().await;
    let bound = Positions::default();
    let reading = Live::<dyn query_side::ports::Directory>::reading(&*generations, &bound, Duration::ZERO);
    let directory = reading.await.expect("the file is there").model;
    let file = models.file(1);
    let run = move |statement: String| {
        let file = file.clone();
        Box::pin(async move { assert!(run(file, &statement).await > 0, "{statement}") })
            as futures::future::LocalBoxFuture<'static, ()>
    };
    Shelf { directory, run: Box::new(run), _kept: Box::new((models, generations)) }
}

#[tokio::test]
async fn reading_the_directory_on_sqlite() {
    directory::suite(shelf).await;
}

#[tokio::test]
async fn reading_inboxes_on_sqlite() {
    inboxes::suite(shelf).await;
}

async fn folded<P: Projection<Change: Kept>>() -> (Arc<Models<P>>, SqlitePool) {
    let models = Models::<P>::new();
    let generations = models.generations().await;
    let live = LiveModel::<P::Change>::new(generations.clone());
    live.checkpoint(0).await.expect("a checkpoint");
    live.commit(commit::<P>(&everything(900))).await.expect("a commit");
    (models, generations.live().reader.clone())
}

async fn count(pool: &SqlitePool, query: &str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.expect("a count")
}

#[tokio::test]
async fn every_version_of_every_room_has_one_row_and_its_position() {
    let (_models, pool) = folded::<Timeline>().await;
    let all =
        "SELECT room_id, version, position FROM messages UNION ALL SELECT room_id, version, position FROM changes";
    let gaps = format!(
        "SELECT count(*) FROM rooms r LEFT JOIN (SELECT room_id, count(*) AS rows, count(DISTINCT version) AS versions,
           max(version) AS newest, max(position) AS position FROM ({all}) GROUP BY room_id) v ON v.room_id = r.id
         WHERE v.rows <> r.applied OR v.versions <> r.applied OR v.newest <> r.applied OR v.position <> r.activity"
    );
    assert_eq!(count(&pool, &gaps).await, 0);
    assert_eq!(count(&pool, "SELECT count(*) FROM rooms").await, 4);
    assert_eq!(
        count(&pool, "SELECT count(*) FROM messages WHERE deleted_at IS NOT NULL AND content IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn both_sides_of_a_friendship_agree_with_it() {
    let (_models, pool) = folded::<Directory>().await;
    let wrong = "SELECT count(*) FROM friendships f LEFT JOIN friendship_sides s ON s.friendship_id = f.id
        WHERE s.status IS NOT f.status OR (f.requester IS NOT NULL AND s.is_requester <> (s.user_id = f.requester))";
    assert_eq!(count(&pool, wrong).await, 0);
    let pairs = count(&pool, "SELECT count(*) FROM friendships").await;
    assert_eq!(count(&pool, "SELECT count(*) FROM friendship_sides").await, 2 * pairs);
}

#[tokio::test]
async fn people_are_found_by_the_words_of_the_names_that_they_have_now() {
    let (_models, pool) = folded::<Directory>().await;
    let rows: Vec<(Vec<u8>, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT id, nickname, username FROM users").fetch_all(&pool).await.expect("users");
    for (id, nickname, username) in rows {
        let words: Vec<String> = sqlx::query_scalar("SELECT word FROM user_words WHERE user_id = ? ORDER BY word")
            .bind(id)
            .fetch_all(&pool)
            .await
            .expect("words");
        assert_eq!(words, search_words(nickname.as_deref(), username.as_deref()));
    }
}

#[tokio::test]
async fn a_change_is_kept_by_the_model_whose_it_is() {
    assert_eq!((TimelineChange::MODEL.name(), DirectoryChange::MODEL.name()), (Timeline::NAME, Directory::NAME));
}

#[tokio::test]
async fn rows_that_are_missing_or_too_many_are_named_and_the_scratch_goes() {
    let (models, log) = (Models::<Timeline>::new(), MemoryLog::of(everything(900)));
    let home: read_model::Kept<Timeline> = models.clone();
    let model = applied(&home, &log).await;
    let hex = |id: RoomId| format!("x'{}'", id.0.simple());
    let nowhere = room(77);
    let statements = [
        format!("DELETE FROM read_marks WHERE room_id = {}", hex(room(0))),
        format!("DELETE FROM rooms WHERE id = {}", hex(room(3))),
        format!("INSERT INTO memberships VALUES ({}, x'{}', 1, NULL)", hex(nowhere), user(1).0.simple()),
    ];
    for statement in statements {
        models.harm(1, &statement).await;
    }
    let verdict = verdict(&log, &model).await;
    let found: Vec<_> = verdict.differences.iter().map(|found| (found.table, RoomId(found.key))).collect();
    assert_eq!(found, [("rooms", room(3)), ("memberships", nowhere), ("read_marks", room(0))]);
    let left = std::fs::read_dir(models.0.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("verify.db")));
}

#[tokio::test]
async fn a_retired_file_is_read_on_by_whoever_began_to() {
    let models = Models::<Timeline>::new();
    let generations = models.generations().await;
    let old = generations.live();
    let mut reading = old.reader.acquire().await.expect("a reader");
    let succession = SqliteSuccession::<TimelineChange>::new(generations.clone()).expect("a succession");
    succession.building().await.expect("a generation");
    succession.fence(Duration::from_secs(9)).await.expect("a fence");
    succession.switch().await.expect("a switch");
    models.end_retirement().await;
    while models.keeps(1).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rooms = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM rooms").fetch_one(&mut *reading).await;
    assert_eq!(rooms.expect("it is read on"), 0);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_with_what_to_do() {
    let models = Models::<Timeline>::new();
    drop(models.generations().await);
    std::fs::write(models.file(1), "nonsense ".repeat(1_000)).expect("written");
    let error = Generations::open(models.0.path(), Model::Timeline).await.err().expect("it can not be opened");
    let told = error.to_string();
    assert!(told.contains("timeline.1.db") && told.contains("can be deleted"), "{told}");
    std::fs::remove_file(models.file(1)).expect("deleted");
    assert_eq!(models.generations().await.live().number, 1);
}
