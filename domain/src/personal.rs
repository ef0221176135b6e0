//! Personal data: what tells who somebody is, and what they wrote.
//!
//! Between an event and the store it is sealed under its subject's key; when the key is destroyed it is
//! erased everywhere at once. In the clear it can not be serialized, so it can not reach the store by mistake.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeStruct};

use crate::{StreamId, UserId, Version};

/// A value about `subject`, in one of its three lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal<T> {
    /// Readable; this is what rules, replies and projections work with.
    Open { subject: UserId, value: T },
    /// As it lies in the store, in topics and in snapshots.
    Sealed { subject: UserId, sealed: Vec<u8> },
    /// The subject's key is destroyed: nobody can read it any more.
    Erased { subject: UserId },
}

impl<T> Personal<T> {
    /// A readable value about `subject`.
    pub const fn about(subject: UserId, value: T) -> Self {
        Self::Open { subject, value }
    }

    /// The value, if it is readable.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Open { value, .. } => Some(value),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }

    /// Takes the value out, if it is readable.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Open { value, .. } => Some(value),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }

    const fn whose(&self) -> UserId {
        match self {
            Self::Open { subject, .. } | Self::Sealed { subject, .. } | Self::Erased { subject } => *subject,
        }
    }
}

/// What sealing needs to know of a [`Personal`], whatever its value's type.
pub trait PersonalField: Send {
    /// Whose key seals it.
    fn subject(&self) -> UserId;

    /// The bytes to seal; `None` when it is sealed or erased already.
    ///
    /// # Errors
    /// When the value can not be written as JSON.
    fn plain(&self) -> Result<Option<Vec<u8>>, serde_json::Error>;

    /// The bytes to open; `None` when it is open or erased already.
    fn sealed(&self) -> Option<&[u8]>;

    /// Puts the sealed bytes in the place of the value.
    fn seal(&mut self, sealed: Vec<u8>);

    /// Puts the opened value in the place of the sealed bytes.
    ///
    /// # Errors
    /// When `plain` is not the JSON of such a value.
    fn open(&mut self, plain: &[u8]) -> Result<(), serde_json::Error>;

    /// Forgets the value.
    fn erase(&mut self);
}

impl<T: Serialize + DeserializeOwned + Send> PersonalField for Personal<T> {
    fn subject(&self) -> UserId {
        self.whose()
    }

    fn plain(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        self.value().map(serde_json::to_vec).transpose()
    }

    fn sealed(&self) -> Option<&[u8]> {
        match self {
            Self::Sealed { sealed, .. } => Some(sealed),
            Self::Open { .. } | Self::Erased { .. } => None,
        }
    }

    fn seal(&mut self, sealed: Vec<u8>) {
        *self = Self::Sealed { subject: self.whose(), sealed };
    }

    fn open(&mut self, plain: &[u8]) -> Result<(), serde_json::Error> {
        *self = Self::Open { subject: self.whose(), value: serde_json::from_slice(plain)? };
        Ok(())
    }

    fn erase(&mut self) {
        *self = Self::Erased { subject: self.whose() };
    }
}

/// Where a sealed field belongs: bound into the seal, so that it can not be moved elsewhere unnoticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place([u8; 26]);

impl Place {
    /// In the event of `stream` at `version`.
    #[must_use]
    pub fn event(stream: StreamId, version: Version) -> Self {
        Self::new(stream, version, 0)
    }

    /// In the snapshot of `stream` at `version`.
    #[must_use]
    pub fn snapshot(stream: StreamId, version: Version) -> Self {
        Self::new(stream, version, 1)
    }

    fn new(stream: StreamId, version: Version, sort: u8) -> Self {
        let mut place = [sort; 26];
        place[..16].copy_from_slice(stream.id.as_bytes());
        place[16..24].copy_from_slice(&version.to_be_bytes());
        // Streams of two kinds may share an id: a user's, and what is kept for that user.
        place[24] = stream.kind as u8;
        Self(place)
    }

    /// As additional authenticated data.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What holds personal data shows each field of it, so that all can be sealed or opened in place.
pub trait HasPersonal: Send {
    /// Calls `visit` on every personal field, always in the same order.
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField));
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Personal", 2)?;
        fields.serialize_field("of", &self.whose())?;
        match self {
            Self::Open { .. } => return Err(serde::ser::Error::custom("personal data must be sealed first")),
            Self::Sealed { sealed, .. } => fields.serialize_field("sealed", &STANDARD_NO_PAD.encode(sealed))?,
            Self::Erased { .. } => fields.serialize_field("erased", &true)?,
        }
        fields.end()
    }
}

#[derive(Deserialize)]
struct Stored {
    of: UserId,
    sealed: Option<String>,
    #[serde(default)]
    erased: bool,
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Stored { of: subject, sealed, erased } = Stored::deserialize(from)?;
        let text = match (sealed, erased) {
            (Some(text), false) => text,
            (None, true) => return Ok(Self::Erased { subject }),
            _ => return Err(serde::de::Error::custom("neither sealed nor erased")),
        };
        let sealed = STANDARD_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self::Sealed { subject, sealed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn somebody() -> UserId {
        UserId(Uuid::from_u128(7))
    }

    #[test]
    fn personal_data_in_the_clear_can_not_be_written() {
        let open = Personal::about(somebody(), "a secret".to_owned());
        assert!(serde_json::to_string(&open).is_err());
    }

    #[test]
    fn a_sealed_value_comes_back_sealed_and_opens_to_what_it_was() {
        let mut field = Personal::about(somebody(), "hello".to_owned());
        let plain = field.plain().expect("json").expect("open");
        field.seal(vec![1, 2, 3]);
        let written = serde_json::to_string(&field).expect("sealed");
        let mut back: Personal<String> = serde_json::from_str(&written).expect("read");
        assert_eq!(back.sealed(), Some(&[1, 2, 3][..]));
        back.open(&plain).expect("opens");
        assert_eq!(back.value().map(String::as_str), Some("hello"));
    }

    #[test]
    fn an_erased_value_stays_erased_through_the_store() {
        let mut field = Personal::about(somebody(), 1);
        field.erase();
        let written = serde_json::to_string(&field).expect("erased");
        assert_eq!(serde_json::from_str::<Personal<i32>>(&written).expect("read"), field);
    }
}
