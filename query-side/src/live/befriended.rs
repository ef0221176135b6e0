//! Friendships that begin and end while somebody follows their friends.

use std::sync::Arc;
use std::time::Duration;

use domain::friendship::FriendshipEvent;
use domain::{Envelope, Event, FriendshipId};
use projections::ports::{Entry, Partition};

use super::friends::Followers;
use crate::Positions;
use crate::ports::{ReadModels, Unavailable};

/// How long it is waited for the directory to pass an event.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets those look for their friends anew to whom something of this happened.
pub(super) fn tell(followers: &Arc<Followers>, models: &Arc<dyn ReadModels>, partition: Partition, entries: &[Entry]) {
    for entry in entries {
        let Entry::Event(event) = entry else { continue };
        let Event::Friendship(said) = &event.payload else { continue };
        match said {
            // As long as nobody follows, nothing is looked up.
            _ if followers.is_empty() => {}
            FriendshipEvent::UserBlocked { blocker, blocked } => followers.look_again(&[*blocker, *blocked]),
            FriendshipEvent::FriendRequestAccepted { .. } | FriendshipEvent::FriendRemoved { .. } => {
                tokio::spawn(find(followers.clone(), models.clone(), partition, event.clone()));
            }
            FriendshipEvent::FriendRequested { .. }
            | FriendshipEvent::FriendRequestRejected { .. }
            | FriendshipEvent::FriendRequestCancelled { .. }
            | FriendshipEvent::UserUnblocked { .. }
            | FriendshipEvent::PersonErased { .. } => {}
        }
    }
}

/// The event names one of the two only: the directory knows both.
async fn find(followers: Arc<Followers>, models: Arc<dyn ReadModels>, partition: Partition, event: Arc<Envelope>) {
    let bound = Positions::of(partition, event.position);
    let pair = async { models.directory(&bound, PATIENCE).await?.model.pair(FriendshipId(event.stream.id)).await };
    match pair.await {
        Ok(pair) => followers.look_again(&pair),
        Err(Unavailable(reason)) => {
            tracing::warn!(reason, "it is not known who became friends: all who follow theirs look again");
            followers.all_look_again();
        }
    }
}
