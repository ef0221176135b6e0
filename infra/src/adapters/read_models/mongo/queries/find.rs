//! How documents are asked for.

use futures::TryStreamExt as _;
use mongodb::action::{Aggregate, Find, FindOne};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::Error;
use query_side::ports::Stay;

use super::super::faults::read;
use super::super::fields::Fields as _;

/// The documents that come with the first answer: most queries then take one command.
const FIRST: u32 = 1_000;

/// Everything that is found.
pub(super) async fn all(find: Find<'_, RawDocumentBuf>) -> Result<Vec<RawDocumentBuf>, Error> {
    read(async { find.batch_size(FIRST).await?.try_collect().await }).await
}

/// Everything that comes out of a pipeline.
pub(super) async fn aggregated(aggregate: Aggregate<'_>) -> Result<Vec<RawDocumentBuf>, Error> {
    let aggregate = aggregate.batch_size(FIRST).with_type::<RawDocumentBuf>();
    read(async { aggregate.await?.try_collect().await }).await
}

/// The first that is found.
pub(super) async fn first(find: FindOne<'_, RawDocumentBuf>) -> Result<Option<RawDocumentBuf>, Error> {
    read(async { find.await }).await
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
