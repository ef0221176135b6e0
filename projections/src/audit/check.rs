//! Checking an exported audit without the system that it came from.

use domain::hash::Hash;
use domain::{StreamId, Version};

use super::Record;

/// The chain of one stream, as far as it was checked.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    stream: Option<StreamId>,
    version: Version,
    hash: Hash,
}

/// The first line that is not what it should be; lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct Broken {
    pub line: u64,
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it is no record of an event: {0}")]
    Unreadable(String),
    #[error("it belongs to another stream: {0}")]
    Foreign(StreamId),
    #[error("version {expected} was expected, {found} stands there")]
    Hole { expected: Version, found: Version },
    #[error("the event of version {0} is not what was recorded, or does not follow the one before")]
    Forged(Version),
}

impl Chain {
    /// Takes in the next line.
    ///
    /// # Errors
    /// It is not what was recorded.
    pub fn take(&mut self, line: &str) -> Result<(), Broken> {
        self.follow(line).map_err(|fault| Broken { line: self.version + 1, fault })
    }

    /// The stream and its last version; none of an empty file.
    #[must_use]
    pub fn end(&self) -> Option<(StreamId, Version, Hash)> {
        self.stream.map(|stream| (stream, self.version, self.hash))
    }

    fn follow(&mut self, line: &str) -> Result<(), Fault> {
        let record: Record = serde_json::from_str(line).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let stream = record.stream();
        if self.stream.is_some_and(|known| known != stream) {
            return Err(Fault::Foreign(stream));
        }
        let (expected, found) = (self.version + 1, record.version);
        if expected != found {
            return Err(Fault::Hole { expected, found });
        }
        let hash = record.hash_after(self.hash);
        if Hash::parse(&record.hash) != Some(hash) {
            return Err(Fault::Forged(found));
        }
        *self = Self { stream: Some(stream), version: found, hash };
        Ok(())
    }
}
