use std::sync::Arc;

use domain::room::MessageType;
use domain::{Envelope, MessageId, RoomId, Timestamp, UserId};
use parking_lot::Mutex;
use projections::ports::{Scratch, Verification as _};
use projections::timeline::{Sent, Timeline, TimelineChange};
use uuid::Uuid;

use super::super::digests::ScratchDigests;
use super::*;
use crate::adapters::read_models::given::contract::{self, commit, rows};
use crate::adapters::read_models::given::history::everything;
use crate::adapters::read_models::sqlite::{Generations, Model, SqliteVerification};

/// Homes that are kept as long as what is made in them.
#[derive(Default)]
pub(super) struct Street(Mutex<Vec<Home>>);

impl Street {
    /// A new live generation, and a look at its rows.
    pub(super) async fn make(&self) -> Scratch<TimelineChange> {
        let home = Home::new().expect("there is a server");
        let timeline = home.timeline().await;
        self.0.lock().push(home);
        let digests = Arc::new(ScratchDigests(timeline.live().database.clone()));
        Scratch { model: Arc::new(MongoLive::new(timeline)), digests }
    }
}

#[tokio::test]
async fn however_events_fall_into_batches_the_rows_are_the_same() {
    let Some(_home) = Home::new() else { return };
    let street = Street::default();
    contract::batches_do_not_show::<Timeline>(&everything(300), async || street.make().await).await;
}

#[tokio::test]
async fn it_answers_the_contract() {
    let Some(_home) = Home::new() else { return };
    let (street, events) = (Street::default(), everything(200));
    contract::the_checkpoint_is_compared::<Timeline>(&events, async || street.make().await).await;
    contract::what_is_refused_leaves_nothing::<Timeline>(&events, too_large, async || street.make().await).await;
    contract::parked_streams_are_known::<Timeline>(&events, async || street.make().await).await;
}

/// A message that no document has room for.
fn too_large(changes: &mut Vec<TimelineChange>, _kept: &[Envelope]) {
    changes.push(TimelineChange::Sent(Sent {
        room: RoomId(Uuid::nil()),
        version: 1,
        position: 1,
        id: MessageId(Uuid::nil()),
        number: 1,
        author: UserId(Uuid::nil()),
        content: Some("!".repeat(16 << 20)),
        message_type: MessageType::Text,
        reply_to: None,
        sent_at: Timestamp(1),
        edited_at: None,
        deleted_at: None,
    }));
}

/// A message holds its terms itself here.
fn is_alike(table: &str) -> bool {
    !["messages", "message_terms"].contains(&table)
}

#[tokio::test]
async fn its_digests_are_those_of_the_embedded_timeline_but_for_messages() {
    let Some(_home) = Home::new() else { return };
    let (street, events) = (Street::default(), everything(900));
    let here = street.make().await;
    here.model.commit(commit::<Timeline>(&events)).await.expect("a commit");
    let folder = std::env::temp_dir().join(format!("chat-models-{}", Uuid::now_v7()));
    let generations = Generations::open(&folder, Model::Timeline).await.expect("generations");
    let verification = SqliteVerification::new(generations).await.expect("a verification");
    let there: Scratch<TimelineChange> = verification.scratch().await.expect("a scratch");
    there.model.checkpoint(0).await.expect("a model");
    there.model.commit(commit::<Timeline>(&events)).await.expect("a commit");
    let tables = |of: &Scratch<TimelineChange>| {
        of.digests.tables().into_iter().filter(|table| is_alike(table)).collect::<Vec<_>>()
    };
    assert_eq!(tables(&here), tables(&there));
    let (mut here, mut there) = (rows(&here).await, rows(&there).await);
    here.retain(|row| is_alike(row.table));
    there.retain(|row| is_alike(row.table));
    assert!(here.len() > 30);
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there);
    }
    assert_eq!(here.len(), there.len());
    std::fs::remove_dir_all(folder).expect("a folder");
}
