//! What somebody is told, with what there is to show of it now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use command_side::api::Error;
use command_side::api::views::NotificationView;
use domain::{MessageId, Timestamp, UserId, Version};
use serde::{Deserialize, Serialize};

use super::Queries;
use crate::cursor::Cursor;
use crate::freshness::Inquiry;
use crate::ports::{InboxNotice, InboxNotices, Timeline, Unavailable};

/// How much of a message is shown, in characters.
const LONGEST: usize = 100;

/// Where the next page of notifications begins: before the one that was told at this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotificationCursor(pub(crate) Version);

impl Cursor for NotificationCursor {
    const LIST: &'static str = "notifications";
}

/// The beginnings of messages as they are now.
pub(crate) type Previews = HashMap<MessageId, String>;

impl Inquiry {
    /// A page of what the caller is told, newest first, and where the next one begins.
    pub(crate) async fn notifications(
        &self,
        is_unread: bool,
        before: Option<NotificationCursor>,
        limit: u32,
    ) -> Result<(Vec<NotificationView>, Option<NotificationCursor>), Error> {
        let before = before.map(|NotificationCursor(version)| version);
        let which = InboxNotices { is_unread, since: self.queries.oldest(), before, limit: limit + 1 };
        let mut notices = self.directory().await?.notices(self.caller, which).await?;
        let has_more = notices.len() > limit as usize;
        notices.truncate(limit as usize);
        let next = notices.last().filter(|_| has_more).map(|last| NotificationCursor(last.version));
        let previews = self.previews(&notices).await;
        Ok((notices.into_iter().map(|notice| view(notice, &previews)).collect(), next))
    }

    /// How much the caller has not read.
    pub(crate) async fn unread_notifications(&self) -> Result<u64, Error> {
        Ok(self.directory().await?.unread(self.caller).await?)
    }

    /// What was said. Without the timeline nothing is shown of it: what one is told does not lie there.
    async fn previews(&self, notices: &[InboxNotice]) -> Previews {
        let read = async { previews(&*self.timeline().await?, notices).await };
        read.await.unwrap_or_else(|Unavailable(_)| {
            self.note_stale();
            Previews::new()
        })
    }
}

impl Queries {
    /// What there is to show of what `user` was told at this version of their inbox.
    ///
    /// # Errors
    /// When a read model is away.
    pub async fn preview(self: &Arc<Self>, user: UserId, version: Version) -> Result<Option<String>, Error> {
        let inquiry = Inquiry::by(user, self.clone()).await;
        let before = Some(NotificationCursor(version + 1));
        let (told, _) = inquiry.notifications(false, before, 1).await?;
        Ok(told.into_iter().next().and_then(|told| told.preview))
    }

    /// Of what is read nothing older is shown.
    fn oldest(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(now.saturating_sub(self.kept).as_millis()).unwrap_or(i64::MAX))
    }
}

/// The beginnings of the messages that `notices` are about, of rooms that their owner is in.
pub(crate) async fn previews(timeline: &dyn Timeline, notices: &[InboxNotice]) -> Result<Previews, Unavailable> {
    let of_members = notices.iter().filter(|notice| notice.is_member);
    let messages: Vec<_> = of_members.filter_map(|notice| notice.message).collect();
    if messages.is_empty() {
        return Ok(Previews::new());
    }
    let found = timeline.messages_by_ids(&messages).await?.into_iter();
    Ok(found.filter_map(|message| Some((message.view.id, beginning(&message.view.content?)))).collect())
}

fn beginning(content: &str) -> String {
    content.chars().take(LONGEST).collect()
}

/// A notification with what there is to show of it.
pub(crate) fn view(notice: InboxNotice, previews: &Previews) -> NotificationView {
    let said = notice.message.and_then(|message| previews.get(&message).cloned());
    NotificationView {
        id: notice.id,
        notification_type: notice.notification_type,
        actor_id: notice.actor,
        room_id: notice.room,
        message_id: notice.message,
        friendship_id: notice.friendship,
        preview: said.or_else(|| notice.shown()),
        is_read: notice.is_read,
        created_at: notice.created_at,
    }
}

impl InboxNotice {
    /// What the directory has to show of it. Whoever is not in the room any more does not learn how it is called now.
    fn shown(&self) -> Option<String> {
        self.text.as_deref().filter(|_| self.room.is_none() || self.is_member).map(beginning)
    }
}

#[cfg(test)]
mod tests {
    use domain::inbox::NotificationType;
    use domain::{NotificationId, RoomId};
    use uuid::Uuid;

    use super::*;

    fn invitation(is_member: bool) -> InboxNotice {
        InboxNotice {
            version: 1,
            id: NotificationId(Uuid::nil()),
            notification_type: NotificationType::RoomInvited,
            actor: UserId(Uuid::nil()),
            room: Some(RoomId(Uuid::nil())),
            message: None,
            room_version: Some(1),
            friendship: None,
            is_read: false,
            created_at: Timestamp(0),
            text: Some("Plans".to_owned()),
            is_member,
        }
    }

    #[test]
    fn a_rooms_name_is_shown_to_its_members_only() {
        assert_eq!(view(invitation(true), &Previews::new()).preview.as_deref(), Some("Plans"));
        assert_eq!(view(invitation(false), &Previews::new()).preview, None);
    }

    #[test]
    fn what_was_said_with_a_request_is_shown() {
        let request = InboxNotice { room: None, ..invitation(false) };
        assert_eq!(view(request, &Previews::new()).preview.as_deref(), Some("Plans"));
    }

    #[test]
    fn a_message_is_shown_by_its_beginning() {
        let message = MessageId(Uuid::from_u128(7));
        let notice = InboxNotice { message: Some(message), text: None, ..invitation(true) };
        let previews = Previews::from([(message, beginning(&"한".repeat(LONGEST + 1)))]);
        assert_eq!(view(notice.clone(), &previews).preview, Some("한".repeat(LONGEST)));
        assert_eq!(view(notice, &Previews::new()).preview, None);
    }
}
