//! What an event of an inbox says, as its owner's streams show it. An inbox is followed like a room, under its owner's id.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use command_side::api::views::NotificationView;
use domain::inbox::InboxEvent;
use domain::{Envelope, Position, RoomId, UserId};

use super::channel::Channel;
use super::frame::{Frame, Words};
use super::frames::Text;
use crate::Positions;
use crate::ports::{Directory, InboxNotice, InboxNotices, ReadModels, Unavailable};
use crate::queries::{previews, view};

/// How long a frame waits for the read models; then it is shown without a preview.
const PATIENCE: Duration = Duration::from_secs(5);

/// Under which the inbox of `user` is followed: no room has the id of a person.
pub(super) const fn channel_of(user: UserId) -> RoomId {
    RoomId(user.0)
}

/// The frame of `event`; what changes nothing that is seen has no text.
pub(super) fn frame(
    models: &Arc<dyn ReadModels>,
    channel: &Arc<Channel>,
    event: &Arc<Envelope>,
    said: &InboxEvent,
) -> Frame {
    let mut text = Text::default();
    let words = match said {
        InboxEvent::Notified { room, cause, .. } => {
            Words::Awaited(fetch(models.clone(), channel.clone(), event.clone(), room.map(|room| (room, *cause))))
        }
        InboxEvent::NotificationsRead { notifications, .. } => {
            Words::Known(text.id(event.version).seen(notifications).into())
        }
        InboxEvent::RoomMuted { .. }
        | InboxEvent::RoomUnmuted { .. }
        | InboxEvent::NotificationsPruned { .. }
        | InboxEvent::InboxErased {} => Words::Known(Bytes::new()),
    };
    Frame::new(Some(event.version), event.position, words, 0)
}

/// Begins to write the frame of what somebody is told; what comes behind it in the inbox waits for it.
fn fetch(
    models: Arc<dyn ReadModels>,
    channel: Arc<Channel>,
    event: Arc<Envelope>,
    said: Option<(RoomId, Position)>,
) -> Arc<OnceLock<Bytes>> {
    let words = Arc::new(OnceLock::new());
    let awaited = words.clone();
    tokio::spawn(async move {
        let shown = shown(&*models, &event, said).await.unwrap_or_else(|away| {
            tracing::warn!(reason = %away, "somebody is told something without a preview");
            NotificationView::told(&event)
        });
        let mut text = Text::default();
        if let Some(shown) = shown {
            text.id(event.version).notification(&shown);
        }
        // Nobody else sets it.
        let _ = words.set(text.take());
        channel.wake();
    });
    awaited
}

/// What `event` tells, as the read API gives it. What was said in a room is there once the models have passed it.
async fn shown(
    models: &dyn ReadModels,
    event: &Envelope,
    said: Option<(RoomId, Position)>,
) -> Result<Option<NotificationView>, Unavailable> {
    let user = UserId(event.stream.id);
    let mut bound = Positions::default();
    if let Some((room, cause)) = said {
        bound.raise(models.partition_of(room), cause);
    }
    let own = bound.clone();
    bound.raise(models.partition_of_inbox(user), event.position);
    let directory = models.directory(&bound, PATIENCE).await?.model;
    let which = InboxNotices { is_unread: false, since: event.recorded_at, before: Some(event.version + 1), limit: 1 };
    let found = directory.notices(user, which).await?.into_iter().next();
    match found.filter(|notice| notice.version == event.version) {
        Some(notice) => with_preview(models, &own, notice).await.map(Some),
        None => Ok(NotificationView::told(event)),
    }
}

async fn with_preview(
    models: &dyn ReadModels,
    bound: &Positions,
    notice: InboxNotice,
) -> Result<NotificationView, Unavailable> {
    let notices = [notice];
    let previews = match notices[0].message {
        Some(_) => previews(&*models.timeline(bound, PATIENCE).await?.model, &notices).await?,
        None => Default::default(),
    };
    let [notice] = notices;
    // Whether it is read meanwhile is told by itself.
    Ok(NotificationView { is_read: false, ..view(notice, &previews) })
}

/// The live model as far as it is now, for whoever catches up.
pub(super) async fn current(
    models: &dyn ReadModels,
    bound: &Positions,
) -> Result<Option<Arc<dyn Directory>>, Unavailable> {
    let reading = models.directory(bound, PATIENCE).await?;
    Ok(reading.is_fresh.then_some(reading.model))
}
