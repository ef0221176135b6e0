//! Digests that are kept until they are compared: in a file without a name, so that there may be any number of them.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};

use domain::hash::Hash;
use projections::ports::Digested;
use uuid::Uuid;

/// Of a table's index, a key, a number of rows and a digest.
const RECORD: usize = 1 + 16 + 8 + 32;

/// Takes digests.
pub(super) struct Spool(BufWriter<File>);

/// Gives them back.
pub(super) struct Spooled {
    file: BufReader<File>,
    tables: Vec<&'static str>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("bigtech-chat-{}", Uuid::now_v7()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(path)?;
        Ok(Self(BufWriter::new(file)))
    }

    /// Adds the digest of one key in the table of this index.
    pub(super) fn add(&mut self, table: u8, digested: &Digested) -> io::Result<()> {
        self.0.write_all(&[table])?;
        self.0.write_all(digested.key.as_bytes())?;
        self.0.write_all(&digested.rows.to_be_bytes())?;
        self.0.write_all(&digested.digest.0)
    }

    /// Everything that was added, in its order; `tables` are the names to the indexes.
    pub(super) fn read(self, tables: Vec<&'static str>) -> io::Result<Spooled> {
        let mut file = self.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Spooled { file: BufReader::new(file), tables })
    }
}

impl Iterator for Spooled {
    type Item = io::Result<Digested>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = [0; RECORD];
        match self.file.read_exact(&mut record) {
            Ok(()) => Some(self.digested(&record)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(error)),
        }
    }
}

impl Spooled {
    fn digested(&self, record: &[u8; RECORD]) -> io::Result<Digested> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let (table, rest) = record.split_first().ok_or_else(broken)?;
        let (key, rest) = rest.split_first_chunk().ok_or_else(broken)?;
        let (rows, digest) = rest.split_first_chunk().ok_or_else(broken)?;
        Ok(Digested {
            table: self.tables.get(usize::from(*table)).copied().ok_or_else(broken)?,
            key: Uuid::from_bytes(*key),
            rows: u64::from_be_bytes(*rows),
            digest: Hash(digest.try_into().map_err(|_| broken())?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_come_back_as_they_were_in_their_order() {
        let one = |n: u8| Digested { table: "rooms", key: Uuid::from_u128(n.into()), rows: 7, digest: Hash([n; 32]) };
        let mut spool = Spool::new().expect("a file");
        (0..200).for_each(|n| spool.add(0, &one(n)).expect("room"));
        let read: Vec<_> = spool.read(vec!["rooms"]).expect("a file").map(|one| one.expect("a digest")).collect();
        assert_eq!(read, (0..200).map(one).collect::<Vec<_>>());
    }
}
