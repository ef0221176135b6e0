//! Whom it concerns that a message is changed which was sent before.

use std::collections::BTreeSet;

use domain::inbox::{Matter, Said, TakeBack};
use domain::room::RoomEvent;
use domain::{Envelope, Event, MessageId, Personal, Place, RoomId, UserId};

use super::Notifications;
use super::causes::{Cause, LARGEST, Tellings, names};
use super::members::read;
use super::telling::Telling;
use crate::ports::{Holder, Unavailable};

/// A message as it was until it was changed.
struct Before {
    said: Said,
    author: UserId,
    /// Whom it ever mentioned.
    names: BTreeSet<String>,
}

impl Notifications {
    /// Those are told whom an edit mentions, if nothing that the message said before did.
    pub(super) async fn of_edit(
        &self,
        event: &Cause,
        message: MessageId,
        content: &Personal<String>,
    ) -> Result<Tellings, Unavailable> {
        let mut names: BTreeSet<_> = names(content).collect();
        if names.is_empty() {
            return Ok(vec![]);
        }
        let Some(Before { said, author, names: known }) = self.before(event, message).await? else { return Ok(vec![]) };
        names.retain(|name| !known.contains(name));
        let mentioned = self.owners(names).await?;
        let members = self.members.of(said.room, event.version).await?;
        let told = mentioned.iter().filter(|user| **user != author && members.contains(user));
        Ok(told.map(|user| self.of(*user, author, Matter::Mention(said), event)).collect())
    }

    /// Whoever was told of a message that is deleted now has nothing to look at.
    pub(super) async fn of_deletion(&self, event: &Cause, message: MessageId) -> Result<Tellings, Unavailable> {
        let Some(before) = self.before(event, message).await? else { return Ok(vec![]) };
        let Said { room, version, .. } = before.said;
        let gone = TakeBack { room, version, cause: event.position, next: None };
        let told = self.may_know(event, before).await?;
        Ok(told.into_iter().map(|user| (user, Telling::TakeBack(gone, event.clone()))).collect())
    }

    /// Those who may have been told of a message: few, however many members there are.
    async fn may_know(&self, event: &Cause, before: Before) -> Result<BTreeSet<UserId>, Unavailable> {
        let Before { said, author, names } = before;
        let now = self.members.of(said.room, event.version).await?;
        let mut users = match now.len() <= LARGEST {
            true => (*now).clone(),
            // They may have been fewer when it was sent.
            false => match &*self.members.fold(said.room, said.version).await? {
                then if then.len() <= LARGEST => then.clone(),
                _ => self.owners(names).await?,
            },
        };
        users.remove(&author);
        Ok(users)
    }

    /// The message that `event` changes.
    async fn before(&self, event: &Cause, message: MessageId) -> Result<Option<Before>, Unavailable> {
        let stored = self.parts.history.about(event.stream, message.0, event.version.saturating_sub(1)).await?;
        let is_said = |event: &Envelope| content(event).is_some();
        let past: Vec<_> = stored.into_iter().map(read).collect::<Result<_, _>>()?;
        let mut past: Vec<_> = past.into_iter().filter(is_said).collect();
        self.parts.vault.open(&mut past.iter_mut().map(holder).collect::<Vec<_>>()).await?;
        let Some((sent, author)) = past.first().and_then(|sent| Some((sent, author(sent)?))) else { return Ok(None) };
        let said = Said { room: RoomId(sent.stream.id), message, version: sent.version };
        Ok(Some(Before { said, author, names: past.iter().filter_map(content).flat_map(names).collect() }))
    }
}

fn holder(event: &mut Envelope) -> Holder<'_> {
    Holder { place: Place::event(event.stream, event.version), fields: &mut event.payload }
}

fn content(event: &Envelope) -> Option<&Personal<String>> {
    match &event.payload {
        Event::Room(RoomEvent::MessageSent { content, .. } | RoomEvent::MessageEdited { content, .. }) => Some(content),
        _ => None,
    }
}

const fn author(event: &Envelope) -> Option<UserId> {
    match &event.payload {
        Event::Room(RoomEvent::MessageSent { author, .. }) => Some(*author),
        _ => None,
    }
}
