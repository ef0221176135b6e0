//! Many writes with few commands.

use std::ops::Range;

use mongodb::Database;
use mongodb::bson::raw::cstr;
use mongodb::bson::{RawArrayBuf, RawDocument, RawDocumentBuf, rawdoc};
use mongodb::error::Error;
use projections::ports::CommitError;

use super::faults::{WRITE_PATIENCE, unkept, within};
use super::fields::Fields as _;

/// The most writes of a command.
const MOST: usize = 2_000;
/// The most bytes of a command, as far as several writes go: MongoDB takes 48 MB.
const MOST_BYTES: usize = 8 << 20;
/// The most bytes of one write; MongoDB takes documents of 16 MiB.
const LARGEST: usize = 15 << 20;
/// The key is there already.
const DUPLICATE: u64 = 11_000;
/// What MongoDB says of a value that it does not take; everything else can be tried again.
const OF_A_VALUE: [u64; 8] = [2, 9, 14, 22, 121, 10_334, 17_280, 17_419];

/// What a write asks for before it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// It survives every member but a majority.
    Durable,
    /// It is there.
    Quick,
}

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Inserts a document, unless one with its key is there.
    Insert,
    /// Updates the document that it is about, if what is there was not overtaken already; makes it, if it says so.
    Update,
}

/// Writes to one collection, in any order.
#[derive(Clone, Debug)]
pub(super) struct Bulk {
    pub(super) collection: &'static str,
    pub(super) sort: Sort,
    pub(super) writes: Vec<RawDocumentBuf>,
}

impl Bulk {
    pub(super) fn new(collection: &'static str, sort: Sort, writes: Vec<RawDocumentBuf>) -> Self {
        Self { collection, sort, writes }
    }

    /// Refuses what MongoDB would refuse, before anything is written.
    pub(super) fn check(&self) -> Result<(), CommitError> {
        match self.writes.iter().map(|write| write.as_bytes().len()).max() {
            Some(bytes) if bytes > LARGEST => {
                Err(CommitError::Rejected(format!("{bytes} bytes in {} are too many", self.collection)))
            }
            _ => Ok(()),
        }
    }

    /// Runs all of them; gives those whose key was there already, or whose document had been overtaken.
    pub(super) async fn run(&self, on: &Database, concern: Concern) -> Result<Vec<&RawDocument>, CommitError> {
        let mut known = vec![];
        for chunk in chunks(&self.writes) {
            known.extend(self.command(on, concern, &self.writes[chunk]).await?);
        }
        if self.sort == Sort::Insert || known.is_empty() {
            return Ok(known);
        }
        // It was not there when it was looked for, and was when it was to be made: another writer came between. Once more it is
        // found, and updated unless it was overtaken.
        let again: Vec<_> = known.into_iter().map(RawDocument::to_owned).collect();
        let known = self.command(on, concern, &again).await?.len();
        tracing::debug!(collection = self.collection, known, "writes that were overtaken");
        Ok(vec![])
    }

    async fn command<'a>(
        &self,
        on: &Database,
        concern: Concern,
        writes: &'a [RawDocumentBuf],
    ) -> Result<Vec<&'a RawDocument>, CommitError> {
        let mut command = match self.sort {
            Sort::Insert => rawdoc! { "insert": self.collection },
            Sort::Update => rawdoc! { "update": self.collection },
        };
        let documents: RawArrayBuf = writes.iter().map(AsRef::<RawDocument>::as_ref).collect();
        match self.sort {
            Sort::Insert => command.append(cstr!("documents"), documents),
            Sort::Update => command.append(cstr!("updates"), documents),
        }
        command.append(cstr!("ordered"), false);
        command.append(cstr!("writeConcern"), concern.document());
        let answer = within(WRITE_PATIENCE, async { on.run_raw_command(command).await }).await.map_err(unkept)?;
        let answer = RawDocumentBuf::try_from(&answer).map_err(|error| unkept(error.into()))?;
        let known = known(&answer).map_err(unkept)??;
        Ok(known.into_iter().filter_map(|index| writes.get(index)).map(AsRef::as_ref).collect())
    }
}

impl Concern {
    fn document(self) -> RawDocumentBuf {
        match self {
            Self::Durable => rawdoc! { "w": "majority", "j": true, "wtimeout": 10_000 },
            Self::Quick => rawdoc! { "w": 1, "j": false },
        }
    }
}

/// Which writes met a key that is there; anything else that went wrong is an error.
fn known(answer: &RawDocument) -> Result<Result<Vec<usize>, CommitError>, Error> {
    let mut known = vec![];
    if answer.has("writeErrors")? {
        for error in answer.get_array("writeErrors")? {
            let Some(error) = error?.as_document() else { continue };
            let why = error.text("errmsg")?.to_owned();
            match error.number("code")? {
                DUPLICATE => known.push(usize::try_from(error.number("index")?).unwrap_or(usize::MAX)),
                code if OF_A_VALUE.contains(&code) => return Ok(Err(CommitError::Rejected(why))),
                _ => return Ok(Err(CommitError::Unavailable(why))),
            }
        }
    }
    if answer.has("writeConcernError")? {
        let why = answer.part("writeConcernError")?.text("errmsg")?;
        return Ok(Err(CommitError::Unavailable(why.to_owned())));
    }
    Ok(Ok(known))
}

/// Cuts writes into commands.
fn chunks(writes: &[RawDocumentBuf]) -> Vec<Range<usize>> {
    let (mut chunks, mut start, mut bytes) = (vec![], 0, 0);
    for (index, write) in writes.iter().enumerate() {
        let more = write.as_bytes().len();
        if index > start && (index - start >= MOST || bytes + more > MOST_BYTES) {
            chunks.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes += more;
    }
    if start < writes.len() {
        chunks.push(start..writes.len());
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_cut_by_their_number_and_by_their_size() {
        let small = vec![rawdoc! { "a": 1 }; 2 * MOST + 1];
        assert_eq!(chunks(&small), [0..MOST, MOST..2 * MOST, 2 * MOST..2 * MOST + 1]);
        let large = vec![rawdoc! { "a": "a".repeat(MOST_BYTES / 2) }; 3];
        assert_eq!(chunks(&large), [0..1, 1..2, 2..3]);
        assert!(chunks(&[]).is_empty());
    }
}
