//! The contract on SQLite, and rows that are looked at one by one.

use std::sync::Arc;

use domain::Envelope;
use projections::directory::{Directory, DirectoryChange};
use projections::ports::{Projection, ReadModel as _, Scratch};
use projections::timeline::{Timeline, TimelineChange};
use uuid::Uuid;

use super::super::Kept;
use super::super::digests::FileDigests;
use super::super::file::{self, Purpose};
use super::super::writer::Writer;
use super::Folder;
use crate::adapters::read_models::given::contract::{self, commit};
use crate::adapters::read_models::given::history::everything;

/// A new file, and a look at its rows.
async fn make<C: Kept>(folder: &Folder) -> Scratch<C> {
    let path = folder.path().join(format!("{}.db", Uuid::now_v7()));
    let model = Arc::new(Writer::<C>::open(path.clone(), Purpose::Live).await.expect("a file"));
    let digests = FileDigests::of(C::MODEL, file::read_alone(&path).await.expect("a file"));
    Scratch { model, digests }
}

#[tokio::test]
async fn however_events_fall_into_batches_the_timeline_is_the_same() {
    let folder = Folder::new();
    contract::batches_do_not_show::<Timeline>(&everything(900), async || make(&folder).await).await;
}

#[tokio::test]
async fn however_events_fall_into_batches_the_directory_is_the_same() {
    let folder = Folder::new();
    contract::batches_do_not_show::<Directory>(&everything(900), async || make(&folder).await).await;
}

#[tokio::test]
async fn both_models_answer_the_contract() {
    let (folder, events) = (Folder::new(), everything(200));
    contract::the_checkpoint_is_compared::<Timeline>(&events, async || make(&folder).await).await;
    contract::the_checkpoint_is_compared::<Directory>(&events, async || make(&folder).await).await;
    contract::what_is_refused_leaves_nothing::<Timeline>(&events, contract::twice::<Timeline>, async || {
        make(&folder).await
    })
    .await;
    contract::what_is_refused_leaves_nothing::<Directory>(&events, contract::twice::<Directory>, async || {
        make(&folder).await
    })
    .await;
    contract::parked_streams_are_known::<Timeline>(&events, async || make(&folder).await).await;
    contract::parked_streams_are_known::<Directory>(&events, async || make(&folder).await).await;
}

async fn folded<P: Projection<Change: Kept>>(folder: &Folder, events: &[Envelope]) -> sqlx::SqlitePool {
    let path = folder.path().join(format!("{}.db", Uuid::now_v7()));
    let writer = Writer::<P::Change>::open(path.clone(), Purpose::Live).await.expect("a file");
    writer.checkpoint(0).await.expect("a checkpoint");
    writer.commit(commit::<P>(events)).await.expect("a commit");
    file::reader(&path)
}

async fn count(pool: &sqlx::SqlitePool, query: &str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.expect("a count")
}

#[tokio::test]
async fn every_version_of_every_room_has_one_row_and_its_position() {
    let folder = Folder::new();
    let pool = folded::<Timeline>(&folder, &everything(900)).await;
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
    let folder = Folder::new();
    let pool = folded::<Directory>(&folder, &everything(900)).await;
    let wrong = "SELECT count(*) FROM friendships f LEFT JOIN friendship_sides s ON s.friendship_id = f.id
        WHERE s.status IS NOT f.status OR (f.requester IS NOT NULL AND s.is_requester <> (s.user_id = f.requester))";
    assert_eq!(count(&pool, wrong).await, 0);
    let pairs = count(&pool, "SELECT count(*) FROM friendships").await;
    assert_eq!(count(&pool, "SELECT count(*) FROM friendship_sides").await, 2 * pairs);
}

#[tokio::test]
async fn people_are_found_by_the_words_of_the_names_that_they_have_now() {
    let folder = Folder::new();
    let pool = folded::<Directory>(&folder, &everything(900)).await;
    let rows: Vec<(Vec<u8>, Option<String>, Option<String>)> =
        sqlx::query_as("SELECT id, nickname, username FROM users").fetch_all(&pool).await.expect("users");
    for (id, nickname, username) in rows {
        let words: Vec<String> = sqlx::query_scalar("SELECT word FROM user_words WHERE user_id = ? ORDER BY word")
            .bind(id)
            .fetch_all(&pool)
            .await
            .expect("words");
        assert_eq!(words, projections::directory::search_words(nickname.as_deref(), username.as_deref()));
    }
}

#[tokio::test]
async fn a_change_is_kept_by_the_model_whose_it_is() {
    assert_eq!((TimelineChange::MODEL.name(), DirectoryChange::MODEL.name()), (Timeline::NAME, Directory::NAME));
}
