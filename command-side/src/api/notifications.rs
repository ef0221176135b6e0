//! `/api/notifications`: having read what one is told.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::inbox::{InboxCommand, InboxError, InboxEvent, Read, ReadAll};
use domain::{Envelope, Event, InboxId, NotificationId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::reply::last_of_some;
use super::views::NotificationView;
use super::{Commands, Error, Id};
use crate::dispatch::Outcome;

const READ: Act = Act("read_notification", StatusCode::OK);
const READ_ALL: Act = Act("read_all_notifications", StatusCode::OK);

#[derive(Serialize, ToSchema)]
pub(super) struct AllRead {
    /// How many were unread before.
    read_count: u64,
}

/// Says that the caller has read a notification.
#[utoipa::path(post, path = "/api/notifications/{id}/read", tag = "notification",
    operation_id = "read_notification", params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = NotificationView), (status = 401),
        (status = 404, description = "NOTIFICATION_NOT_FOUND")))]
pub(super) async fn read(
    State(commands): State<Arc<Commands>>,
    Id(notification): Id<NotificationId>,
    asker: Asker,
) -> Result<Response, Error> {
    let notification = notification.ok_or(InboxError::NotFound)?;
    let command = InboxCommand::Read(Read { notification, head: commands.feed.head().await? });
    let outcome = commands.inboxes.send(asker.order(READ, InboxId::of(asker.user()).0, command)).await?;
    let event = last_of_some(outcome)?;
    let noted = commands.note(asker.user(), &event).await;
    let view = commands.notification(asker.user(), &event, notification).await?;
    Ok(noted.with(READ, view))
}

/// Says that the caller has read all their notifications.
#[utoipa::path(post, path = "/api/notifications/read-all", tag = "notification",
    operation_id = "read_all_notifications", security(("bearer" = [])),
    responses((status = 200, body = AllRead), (status = 401)))]
pub(super) async fn read_all(State(commands): State<Arc<Commands>>, asker: Asker) -> Result<Response, Error> {
    let command = InboxCommand::ReadAll(ReadAll { head: commands.feed.head().await? });
    let outcome = commands.inboxes.send(asker.order(READ_ALL, InboxId::of(asker.user()).0, command)).await?;
    let read_count = newly_read(&outcome);
    let noted = commands.note_last(asker.user(), outcome).await?;
    Ok(noted.with(READ_ALL, AllRead { read_count }))
}

impl Commands {
    /// A notification of `user` that was read, as of the event `head` of their inbox.
    async fn notification(
        &self,
        user: UserId,
        head: &Envelope,
        notification: NotificationId,
    ) -> Result<NotificationView, Error> {
        let about = self.about(head.stream, notification.0, head.version).await?;
        let told = about.first().ok_or(Error::Internal)?;
        let view = NotificationView::told(told).ok_or(Error::Internal)?;
        let preview = self.people.preview(user, told.version).await;
        Ok(NotificationView { preview, is_read: true, ..view })
    }
}

fn newly_read(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Done(event) | Outcome::Repeated(event) => match &event.payload {
            Event::Inbox(InboxEvent::NotificationsRead { notifications, .. }) => notifications.len() as u64,
            _ => 0,
        },
        Outcome::Unchanged(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::given::{BOB, past};
    use super::*;

    #[test]
    fn what_was_read_before_is_not_counted_again() {
        let notifications = vec![NotificationId(Uuid::from_u128(1)), NotificationId(Uuid::from_u128(2))];
        let read = InboxEvent::NotificationsRead { notifications, settled: 9 };
        let event = past(InboxId::of(BOB), [read]).remove(0);
        assert_eq!(newly_read(&Outcome::Done(event.clone())), 2);
        assert_eq!(newly_read(&Outcome::Repeated(event.clone())), 2);
        assert_eq!(newly_read(&Outcome::Unchanged(Some(event))), 0);
    }
}
