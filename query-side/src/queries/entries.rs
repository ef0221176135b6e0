//! A timeline: messages and, between them, what happened to the room, in the order of versions.

use std::cmp::Reverse;

use command_side::api::Error;
use command_side::api::views::MessageView;
use domain::{RoomId, Version};
use serde::Serialize;
use utoipa::ToSchema;

use super::notices::SystemMessageView;
use crate::freshness::Inquiry;
use crate::ports::{Notice, NumberedMessage, RoomState, Slice, Timeline, Unavailable};

/// What stands in a timeline at one version.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    Message(NumberedMessage),
    Notice(Notice),
}

/// The same as clients see it: `message_type` tells which it is.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TimelineItem {
    Message(MessageView),
    System(SystemMessageView),
}

impl Entry {
    pub(super) const fn version(&self) -> Version {
        match self {
            Self::Message(message) => message.view.version,
            Self::Notice(notice) => notice.version,
        }
    }

    /// At most `limit` of a room, messages only unless it is `told` what happened between them; in the order of the slice.
    pub(super) async fn read(
        timeline: &dyn Timeline,
        state: &RoomState,
        slice: Slice,
        told: bool,
        limit: u32,
    ) -> Result<Vec<Self>, Unavailable> {
        let messages = timeline.messages(state.room, state.applied, slice, limit);
        let (messages, notices) = match told {
            true => futures::try_join!(messages, timeline.notices(state.room, state.applied, slice, limit))?,
            false => (messages.await?, vec![]),
        };
        let all = messages.into_iter().map(Self::Message).chain(notices.into_iter().map(Self::Notice));
        let mut all: Vec<_> = all.collect();
        match slice {
            Slice::Older { .. } => all.sort_by_key(|entry| Reverse(entry.version())),
            Slice::Newer { .. } => all.sort_by_key(Self::version),
        }
        all.truncate(limit as usize);
        Ok(all)
    }
}

impl TimelineItem {
    const fn version(&self) -> Version {
        match self {
            Self::Message(message) => message.version,
            Self::System(told) => told.version,
        }
    }
}

impl Inquiry {
    /// What clients see of entries that stand in the order of their versions.
    pub(super) async fn items(
        &self,
        timeline: &dyn Timeline,
        room: RoomId,
        entries: Vec<Entry>,
    ) -> Result<Vec<TimelineItem>, Error> {
        let (mut messages, mut notices) = (vec![], vec![]);
        for entry in entries {
            match entry {
                Entry::Message(message) => messages.push(message),
                Entry::Notice(notice) => notices.push(notice),
            }
        }
        let messages = self.complete(timeline, messages).await?.into_iter().map(TimelineItem::Message);
        let mut items: Vec<_> = messages.chain(self.tell(room, notices).await).collect();
        items.sort_by_key(TimelineItem::version);
        Ok(items)
    }

    async fn tell(&self, room: RoomId, notices: Vec<Notice>) -> Vec<TimelineItem> {
        if notices.is_empty() {
            return vec![];
        }
        let mut people: Vec<_> = notices.iter().flat_map(Notice::people).collect();
        people.sort_unstable();
        people.dedup();
        let people = self.people(&people).await;
        notices.into_iter().map(|notice| TimelineItem::System(notice.view(room, &people))).collect()
    }
}
