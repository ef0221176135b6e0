//! Which message takes the place of one that is settled.

use domain::inbox::{Inbox, Matter, Notify, Said};
use domain::room::RoomEvent;
use domain::{Envelope, Event, MessageId, RoomId, StreamId, UserId, Version};

use super::Notifications;
use super::members::read;
use crate::ports::Unavailable;

/// So many messages are looked at. Where none of them is to be told, the next one that is sent will be.
const MOST: usize = 64;

impl Notifications {
    /// The first message of `room` after a version that stays unread. What comes later in the log than `cause` is told by itself.
    pub(super) async fn next(
        &self,
        owner: UserId,
        inbox: &Inbox,
        room: RoomId,
        after: Version,
        cause: &Envelope,
    ) -> Result<Option<Notify>, Unavailable> {
        let mut after = after;
        for _ in 0..MOST {
            let stored = self.parts.history.next_of_type(room.into(), "MessageSent", after).await?;
            let Some(stored) = stored.filter(|stored| stored.position < cause.position) else { return Ok(None) };
            let event = read(stored)?;
            // Whoever writes has read what stands above.
            let Some((message, author)) = message(&event).filter(|(_, author)| *author != owner) else {
                return Ok(None);
            };
            let said = Said { room, message, version: event.version };
            if !inbox.has_unread_of(room, said.version) && self.is_there(owner, author, said).await? {
                return Ok(Some(self.notice(owner, author, Matter::Message(said), &event)));
            }
            after = said.version;
        }
        Ok(None)
    }

    /// Whether there is something of a message to look at: nobody has blocked its author, and it is not deleted.
    async fn is_there(&self, owner: UserId, author: UserId, said: Said) -> Result<bool, Unavailable> {
        if self.unless_blocked(owner, author).await?.is_none() {
            return Ok(false);
        }
        let stream = StreamId::from(said.room);
        let past = self.parts.history.about(stream, said.message.0, Version::MAX).await?;
        Ok(past.iter().all(|event| event.payload.event_type != "MessageDeleted"))
    }
}

fn message(event: &Envelope) -> Option<(MessageId, UserId)> {
    match &event.payload {
        Event::Room(RoomEvent::MessageSent { message_id, author, .. }) => Some((*message_id, *author)),
        _ => None,
    }
}
