//! Whom an event concerns, and what of it they are to be told.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::friendship::FriendshipEvent;
use domain::inbox::{EndRequest, Matter, Notify, ReadRoom, Said};
use domain::read_cursor::ReadCursorEvent;
use domain::room::{MENTIONS, RoomEvent, RoomType, mentioned};
use domain::{Envelope, Event, FriendshipId, MessageId, Personal, RoomId, UserId, Version};

use super::Notifications;
use super::members::read;
use super::telling::Telling;
use crate::ports::{ClaimKind, Unavailable};

/// In rooms with more members only those are told who are mentioned.
pub(super) const LARGEST: usize = 50;

pub(super) type Cause = Arc<Envelope>;
pub(super) type Tellings = Vec<(UserId, Telling)>;

impl Notifications {
    /// Whom `event` concerns.
    pub(super) async fn causes(&self, event: &Cause) -> Result<Tellings, Unavailable> {
        match &event.payload {
            Event::Friendship(said) => self.of_friendship(event, said).await,
            Event::Room(said) => self.of_room(event, said).await,
            Event::ReadCursor(ReadCursorEvent::ReadMarkMoved { room, user, up_to, .. }) => {
                Ok(vec![has_read(*user, *room, *up_to, event)])
            }
            Event::User(_) | Event::Inbox(_) => Ok(vec![]),
        }
    }

    async fn of_friendship(&self, event: &Cause, said: &FriendshipEvent) -> Result<Tellings, Unavailable> {
        let pair = FriendshipId(event.stream.id);
        Ok(match said {
            FriendshipEvent::FriendRequested { requester, addressee, .. } => {
                vec![self.of(*addressee, *requester, Matter::FriendRequest(pair), event)]
            }
            FriendshipEvent::FriendRequestAccepted { by } => {
                let Some((requester, addressee)) = self.asked(event).await? else { return Ok(vec![]) };
                let accepted = self.of(requester, *by, Matter::FriendAccepted(pair), event);
                [request_ended(addressee, event)].into_iter().chain((requester != *by).then_some(accepted)).collect()
            }
            FriendshipEvent::FriendRequestRejected { .. } | FriendshipEvent::FriendRequestCancelled { .. } => {
                self.asked(event).await?.map(|(_, addressee)| request_ended(addressee, event)).into_iter().collect()
            }
            _ => vec![],
        })
    }

    /// Who asked, and whom, what ends with `event`.
    async fn asked(&self, event: &Cause) -> Result<Option<(UserId, UserId)>, Unavailable> {
        let asked = self.parts.history.last_of_type(event.stream, "FriendRequested", event.version).await?;
        let asked = asked.map(read).transpose()?;
        Ok(asked.and_then(|asked| match asked.payload {
            Event::Friendship(FriendshipEvent::FriendRequested { requester, addressee, .. }) => {
                Some((requester, addressee))
            }
            _ => None,
        }))
    }

    async fn of_room(&self, event: &Cause, said: &RoomEvent) -> Result<Tellings, Unavailable> {
        let room = RoomId(event.stream.id);
        self.members.hear(room, said);
        Ok(match said {
            RoomEvent::RoomOpened { room_type: RoomType::Group, opened_by, members, .. } => {
                let invited = members.iter().map(|member| member.user).filter(|user| user != opened_by);
                invited.map(|user| self.invited(user, *opened_by, event)).collect()
            }
            RoomEvent::MemberJoined { user, added_by, .. } if user != added_by => {
                vec![self.invited(*user, *added_by, event)]
            }
            // Whoever is gone can look at nothing of it any more.
            RoomEvent::MemberLeft { user } | RoomEvent::MemberRemoved { user, .. } => {
                vec![has_read(*user, room, event.version, event)]
            }
            RoomEvent::MessageSent { message_id, author, content, .. } => {
                self.of_message(event, *message_id, *author, content).await?
            }
            RoomEvent::MessageEdited { message_id, content } => self.of_edit(event, *message_id, content).await?,
            RoomEvent::MessageDeleted { message_id, .. } => self.of_deletion(event, *message_id).await?,
            _ => vec![],
        })
    }

    fn invited(&self, user: UserId, by: UserId, event: &Cause) -> (UserId, Telling) {
        self.of(user, by, Matter::RoomInvited(RoomId(event.stream.id), event.version), event)
    }

    async fn of_message(
        &self,
        event: &Cause,
        message: MessageId,
        author: UserId,
        content: &Personal<String>,
    ) -> Result<Tellings, Unavailable> {
        let said = Said { room: RoomId(event.stream.id), message, version: event.version };
        let members = self.members.of(said.room, event.version).await?;
        let mentioned = self.owners(names(content)).await?;
        // Whoever writes has read what stands above.
        let mut tellings = vec![has_read(author, said.room, event.version, event)];
        for user in members.iter().filter(|user| **user != author) {
            let matter = match mentioned.contains(user) {
                true => Matter::Mention(said),
                false if members.len() > LARGEST => continue,
                false => Matter::Message(said),
            };
            tellings.push(self.of(*user, author, matter, event));
        }
        Ok(tellings)
    }

    /// Who goes by these names.
    pub(super) async fn owners(
        &self,
        names: impl IntoIterator<Item = String>,
    ) -> Result<BTreeSet<UserId>, Unavailable> {
        let mut users = BTreeSet::new();
        for name in names {
            let digest = ClaimKind::Username.digest(&*self.parts.digests, &name);
            users.extend(self.parts.claims.owner(ClaimKind::Username, digest).await?);
        }
        Ok(users)
    }

    /// That `owner` is to be told of what `actor` did.
    pub(super) fn of(&self, owner: UserId, actor: UserId, matter: Matter, event: &Cause) -> (UserId, Telling) {
        (owner, Telling::Notify(self.notice(owner, actor, matter, event), event.clone()))
    }

    pub(super) fn notice(&self, owner: UserId, actor: UserId, matter: Matter, event: &Envelope) -> Notify {
        let kept = i64::try_from(self.parts.kept.as_millis()).unwrap_or(i64::MAX);
        let old = event.recorded_at.0.saturating_sub(kept).max(0).cast_unsigned();
        Notify { owner, event: event.event_id, cause: event.position, actor, matter, old }
    }
}

/// The names that a message mentions, as far as they are looked for.
pub(super) fn names(content: &Personal<String>) -> impl Iterator<Item = String> + use<> {
    content.value().map(|content| mentioned(content)).unwrap_or_default().into_iter().take(MENTIONS)
}

fn has_read(user: UserId, room: RoomId, up_to: Version, event: &Cause) -> (UserId, Telling) {
    let read = ReadRoom { room, up_to, cause: event.position, next: None };
    (user, Telling::ReadRoom(read, event.clone()))
}

fn request_ended(addressee: UserId, event: &Cause) -> (UserId, Telling) {
    let ended = EndRequest { friendship: FriendshipId(event.stream.id), cause: event.position };
    (addressee, Telling::EndRequest(ended, event.clone()))
}
