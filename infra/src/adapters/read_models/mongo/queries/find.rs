//! How documents are asked for.

use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use mongodb::action::{Aggregate, Find, FindOne};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::Error;
use query_side::ports::Stay;

use super::super::faults::read;
use super::super::fields::Fields as _;

/// The documents that come with the first answer: most queries then take one command.
const FIRST: u32 = 2_000;

/// What is asked; on the heap, since several are waited for together.
type Asked<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// Everything that is found.
pub(super) fn all(find: Find<'_, RawDocumentBuf>) -> Asked<'_, Vec<RawDocumentBuf>> {
    let find = find.batch_size(FIRST);
    Box::pin(read(async { find.await?.try_collect().await }))
}

/// Everything that comes out of a pipeline.
pub(super) fn aggregated(aggregate: Aggregate<'_>) -> Asked<'_, Vec<RawDocumentBuf>> {
    let aggregate = aggregate.batch_size(FIRST).with_type::<RawDocumentBuf>();
    Box::pin(read(async { aggregate.await?.try_collect().await }))
}

/// The first that is found.
pub(super) fn first(find: FindOne<'_, RawDocumentBuf>) -> Asked<'_, Option<RawDocumentBuf>> {
    Box::pin(read(async { find.await }))
}

/// A filter for any of several; for none of them, if there are none.
pub(super) fn any_of(filters: Vec<Document>) -> Document {
    if filters.is_empty() {
        doc! { "_id": { "$in": [] } }
    } else {
        doc! { "$or": filters }
    }
}

/// The interval of a membership.
pub(super) fn stay(row: &RawDocumentBuf) -> Result<Stay, Error> {
    Ok(Stay { from: row.number("from")?, to: row.number_or_none("to")? })
}
