//! Who has a room before their eyes, told by one process and asked in another.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use command_side::ports::processes::Watchers;
use domain::{RoomId, UserId};
use query_side::ports::Watched;
use uuid::Uuid;

const ANN: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const HERE: RoomId = RoomId(Uuid::from_u128(7));
const THERE: RoomId = RoomId(Uuid::from_u128(8));
/// How long it may take until it is known elsewhere.
const SOON: Duration = Duration::from_secs(10);

/// The watchers as two processes have them.
pub(super) struct Windows {
    pub(super) told: Arc<dyn Watched>,
    /// May be in another process.
    pub(super) asked: Arc<dyn Watchers>,
    pub(super) _kept: Box<dyn Any + Send + Sync>,
}

suite!(Windows:
    nobody_watches_at_first,
    who_came_watches_that_room_until_they_went,
    who_has_two_streams_watches_until_both_are_over,
    who_went_without_having_come_changes_nothing,
);

impl Windows {
    pub(super) async fn becomes(&self, user: UserId, room: RoomId, expected: bool) {
        let known = async {
            while self.asked.is_watching(user, room).await != expected {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(SOON, known).await.expect("it is known before long");
    }
}

async fn nobody_watches_at_first(windows: Windows) {
    assert!(!windows.asked.is_watching(ANN, HERE).await);
}

async fn who_came_watches_that_room_until_they_went(windows: Windows) {
    windows.told.came(ANN, HERE);
    windows.becomes(ANN, HERE, true).await;
    assert!(!windows.asked.is_watching(ANN, THERE).await && !windows.asked.is_watching(BOB, HERE).await);
    windows.told.went(ANN, HERE);
    windows.becomes(ANN, HERE, false).await;
}

async fn who_has_two_streams_watches_until_both_are_over(windows: Windows) {
    windows.told.came(ANN, HERE);
    windows.told.came(ANN, HERE);
    windows.told.went(ANN, HERE);
    windows.told.came(BOB, THERE);
    // What was told before is known when this is.
    windows.becomes(BOB, THERE, true).await;
    windows.becomes(ANN, HERE, true).await;
    windows.told.went(ANN, HERE);
    windows.becomes(ANN, HERE, false).await;
}

async fn who_went_without_having_come_changes_nothing(windows: Windows) {
    windows.told.went(ANN, HERE);
    windows.told.came(ANN, HERE);
    windows.becomes(ANN, HERE, true).await;
}
