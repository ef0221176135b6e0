//! The hash chain: each event's hash covers its envelope (without position and time of recording), its
//! payload as the stored bytes, and the hash before it in its stream.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Actor, EventId, StreamId, Version};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Hash {
    /// From its bytes; `None` when there are not 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// From 64 hexadecimal digits; `None` when it is not that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }
}

/// What the hash of one event covers.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    pub stream: StreamId,
    pub version: Version,
    pub event_id: EventId,
    pub event_type: &'a str,
    pub schema_version: u16,
    pub actor: &'a Actor,
    pub payload: &'a str,
}

impl Link<'_> {
    /// The hash of this event after `previous` (all zero before the first).
    #[must_use]
    pub fn after(&self, previous: Hash) -> Hash {
        let mut sha = Sha256::new();
        field(&mut sha, &previous.0);
        field(&mut sha, self.stream.kind.as_str().as_bytes());
        field(&mut sha, self.stream.id.as_bytes());
        field(&mut sha, &self.version.to_be_bytes());
        field(&mut sha, self.event_id.0.as_bytes());
        field(&mut sha, self.event_type.as_bytes());
        field(&mut sha, &self.schema_version.to_be_bytes());
        field(&mut sha, self.actor.user.as_ref().map_or(&[][..], |user| user.0.as_bytes()));
        field(&mut sha, self.actor.causation_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
        field(&mut sha, self.actor.correlation_id.as_bytes());
        field(&mut sha, self.payload.as_bytes());
        Hash(sha.finalize().into())
    }
}

/// Length first, so that no two different lists of fields make the same bytes.
fn field(sha: &mut Sha256, bytes: &[u8]) {
    sha.update((bytes.len() as u64).to_be_bytes());
    sha.update(bytes);
}

/// The seal over a range of the log: the previous seal, then each position and event hash in order.
#[derive(Clone, Debug)]
pub struct Seal(Sha256);

impl Seal {
    /// Begins after `previous` (all zero for the first).
    #[must_use]
    pub fn after(previous: Hash) -> Self {
        let mut sha = Sha256::new();
        sha.update(previous.0);
        Self(sha)
    }

    /// Takes in the next event of the log.
    pub fn cover(&mut self, position: u64, hash: Hash) {
        self.0.update(position.to_be_bytes());
        self.0.update(hash.0);
    }

    /// The seal's hash.
    #[must_use]
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}
