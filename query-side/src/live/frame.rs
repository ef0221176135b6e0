//! A frame as it is shared by all who follow its room.

use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use domain::{Position, UserId, Version};

use super::seat::End;

/// The text of a frame; of some it is not known yet.
#[derive(Clone, Debug)]
pub(super) enum Words {
    Known(Bytes),
    /// What comes behind it waits for it, so that order is kept.
    Awaited(Arc<OnceLock<Bytes>>),
}

impl Words {
    fn get(&self) -> Option<&Bytes> {
        match self {
            Self::Known(text) => Some(text),
            Self::Awaited(text) => text.get(),
        }
    }
}

/// Whose stream of the room ends with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaver {
    Nobody,
    One(UserId, End),
    Everybody(End),
}

/// What one event of a room says, encoded once.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// None of a read mark, which is not counted among the room's versions.
    pub(super) version: Option<Version>,
    pub(super) position: Position,
    pub(super) leaver: Leaver,
    /// Whether what was said before it must not be shown again.
    pub(super) hides_before: bool,
    words: Words,
    /// How long the line with the id is that the text begins with.
    id_length: u8,
}

impl Frame {
    /// `words` begin with a line of `id_length` bytes that says the version.
    pub(super) const fn new(version: Option<Version>, position: Position, words: Words, id_length: u8) -> Self {
        Self { version, position, leaver: Leaver::Nobody, hides_before: false, words, id_length }
    }

    /// The whole text.
    pub(super) fn text(&self) -> Option<&Bytes> {
        self.words.get()
    }

    /// Whether it is of who is in the room and not of what was said there.
    pub(super) fn is_of_members(&self) -> bool {
        self.leaver != Leaver::Nobody || matches!(self.words, Words::Awaited(_))
    }

    /// What it takes, in bytes; always the same, so that an awaited text does not count.
    pub(super) const fn size(&self) -> usize {
        let text = match &self.words {
            Words::Known(text) => text.len(),
            Words::Awaited(_) => 0,
        };
        text + size_of::<Self>()
    }

    /// The text without its id: a stream of many rooms has ids of its own.
    pub(super) fn body(&self) -> Option<Bytes> {
        self.words.get().map(|text| text.slice(self.id_length as usize..))
    }

    /// Why the stream of `user` ends with this frame, if it does.
    pub(super) fn end_of(&self, user: UserId) -> Option<End> {
        match self.leaver {
            Leaver::One(leaver, end) if leaver == user => Some(end),
            Leaver::Everybody(end) => Some(end),
            Leaver::One(..) | Leaver::Nobody => None,
        }
    }
}

/// What is handed over in one go: one frame as it is, several put together, so that they are written together.
#[derive(Debug, Default)]
pub(super) enum Parcel {
    #[default]
    Empty,
    One(Bytes),
    Many(BytesMut),
}

impl Parcel {
    pub(super) fn add(&mut self, text: &Bytes) {
        *self = match std::mem::take(self) {
            Self::Empty => Self::One(text.clone()),
            Self::One(first) => {
                let mut all = BytesMut::with_capacity((first.len() + text.len()) * 2);
                all.extend_from_slice(&first);
                all.extend_from_slice(text);
                Self::Many(all)
            }
            Self::Many(mut all) => {
                all.extend_from_slice(text);
                Self::Many(all)
            }
        };
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(text) => text.len(),
            Self::Many(all) => all.len(),
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::One(text) => text,
            Self::Many(all) => all.freeze(),
        }
    }
}
