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
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::given::{ANN, BOB, person};

    fn actor() -> Actor {
        Actor { user: Some(ANN), causation_id: Some(Uuid::from_u128(7)), correlation_id: "a walk".to_owned() }
    }

    fn link(actor: &Actor) -> Link<'_> {
        Link {
            stream: StreamId::from(ANN),
            version: 1,
            event_id: EventId(Uuid::from_u128(8)),
            event_type: "PasswordChanged",
            schema_version: 1,
            actor,
            payload: r#"{"PasswordChanged":{}}"#,
        }
    }

    #[test]
    fn whatever_changes_in_an_event_changes_its_hash() {
        let (honest, nobody) = (actor(), Actor { user: None, ..actor() });
        let (uncaused, elsewhere) =
            (Actor { causation_id: None, ..actor() }, Actor { correlation_id: "another".to_owned(), ..actor() });
        let link = link(&honest);
        let forged = [
            Link { stream: StreamId::from(BOB), ..link },
            Link { stream: StreamId { kind: crate::Kind::Room, ..link.stream }, ..link },
            Link { version: 2, ..link },
            Link { event_id: EventId(person(9).0), ..link },
            Link { event_type: "PasswordChange", ..link },
            Link { schema_version: 2, ..link },
            Link { actor: &nobody, ..link },
            Link { actor: &uncaused, ..link },
            Link { actor: &elsewhere, ..link },
            Link { payload: r#"{"PasswordChanged":{} }"#, ..link },
        ];
        let hashes: std::collections::HashSet<_> = forged.iter().map(|link| link.after(Hash::default())).collect();
        assert_eq!(hashes.len(), forged.len());
        assert!(!hashes.contains(&link.after(Hash::default())));
    }

    #[test]
    fn nothing_can_be_moved_from_one_field_into_the_next() {
        let id = Uuid::from_u128(7);
        let caused = Actor { user: None, causation_id: Some(id), correlation_id: "ab".to_owned() };
        let acted = Actor { user: Some(crate::UserId(id)), causation_id: None, ..caused.clone() };
        assert_ne!(link(&caused).after(Hash::default()), link(&acted).after(Hash::default()));
        let shorter = Actor { correlation_id: "a".to_owned(), ..caused.clone() };
        let (honest, moved) = (Link { payload: "c", ..link(&caused) }, Link { payload: "bc", ..link(&shorter) });
        assert_ne!(honest.after(Hash::default()), moved.after(Hash::default()));
    }

    #[test]
    fn an_events_hash_rests_on_the_one_before() {
        let actor = actor();
        let first = link(&actor).after(Hash::default());
        assert_ne!(link(&actor).after(first), first);
        assert_eq!(link(&actor).after(first), link(&actor).after(first));
    }

    #[test]
    fn a_seal_tells_the_order_the_positions_and_the_seal_before() {
        let hash = |n: u8| Hash([n; 32]);
        let seal = |previous, events: &[(u64, Hash)]| {
            let mut seal = Seal::after(previous);
            events.iter().for_each(|(position, hash)| seal.cover(*position, *hash));
            seal.finish()
        };
        let honest = seal(hash(0), &[(1, hash(1)), (2, hash(2))]);
        assert_eq!(honest, seal(hash(0), &[(1, hash(1)), (2, hash(2))]));
        assert_ne!(honest, seal(hash(0), &[(1, hash(2)), (2, hash(1))]));
        assert_ne!(honest, seal(hash(0), &[(1, hash(1)), (3, hash(2))]));
        assert_ne!(honest, seal(hash(9), &[(1, hash(1)), (2, hash(2))]));
    }

    #[test]
    fn a_hash_is_written_in_64_hexadecimal_digits_and_read_back() {
        let actor = actor();
        let hash = link(&actor).after(Hash::default());
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        assert_eq!(Hash::from_bytes(&hash.0), Some(hash));
    }

    #[test]
    fn what_is_not_a_hash_is_not_read_as_one() {
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g0".repeat(32), &"+f".repeat(32), &"é".repeat(32)] {
            assert_eq!(Hash::parse(bad), None, "{bad}");
        }
        assert_eq!(Hash::from_bytes(&[0; 31]), None);
    }
}
