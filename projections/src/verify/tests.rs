use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::hash::Hash;
use futures::StreamExt as _;
use futures::stream::{BoxStream, iter};
use uuid::Uuid;

use super::{Verdict, verify};
use crate::directory::{Directory, DirectoryChange};
use crate::given::{MemoryLog, MemoryModel};
use crate::ports::{Digested, Digests, Entry, Frozen, Scratch, Unavailable, Verification};

/// A live model with one row, which is not what the log says in the first `differs` looks.
struct Shelf {
    looks: AtomicUsize,
    differs: usize,
}

struct Row(bool);

impl Digests for Row {
    fn tables(&self) -> Vec<&'static str> {
        vec!["messages"]
    }

    fn digests(&self) -> BoxStream<'static, Result<Digested, Unavailable>> {
        let digest = Hash([u8::from(self.0); 32]);
        iter([Ok(Digested { table: "messages", key: Uuid::nil(), rows: 1, digest })]).boxed()
    }
}

#[async_trait]
impl Verification<DirectoryChange> for Shelf {
    async fn frozen(&self) -> Result<Frozen, Unavailable> {
        let differs = self.looks.fetch_add(1, Ordering::Relaxed) < self.differs;
        Ok(Frozen { checkpoints: vec![], parked: vec![], digests: Arc::new(Row(differs)) })
    }

    async fn scratch(&self) -> Result<Scratch<DirectoryChange>, Unavailable> {
        Ok(Scratch { model: Arc::new(MemoryModel::default()), digests: Arc::new(Row(false)) })
    }

    async fn clear(&self) {}
}

async fn verified(differs: usize) -> (Verdict, usize) {
    let shelf = Shelf { looks: AtomicUsize::new(0), differs };
    let verdict = verify::<Directory>(MemoryLog::of([]), |_: &Entry| 0, &shelf, &mut |_| {}).await;
    (verdict.expect("nothing is away"), shelf.looks.into_inner())
}

#[tokio::test]
async fn what_differs_for_a_moment_as_when_an_account_is_deleted_is_no_difference() {
    let (verdict, looks) = verified(1).await;
    assert_eq!((verdict.is_equal(), looks), (true, 2));
}

#[tokio::test]
async fn what_differs_twice_is_told_and_what_does_not_is_looked_at_once() {
    let (verdict, looks) = verified(9).await;
    assert_eq!((verdict.differing, looks), (1, 2));
    assert_eq!(verified(0).await.1, 1);
}
