//! On what a checkpoint is moved.

use mongodb::bson::{Document, doc};
use projections::ports::{Checkpoint, Partition};

use super::super::fields::int;
use crate::adapters::partitions::THE_STORE;

/// A filter: the checkpoint of `partition` is `from`, as [`super::Seen::checkpoint`] says it.
pub(super) fn stands(partition: Partition, from: Checkpoint) -> Document {
    if partition == THE_STORE {
        return doc! { "_id": 1, "$or": at(THE_STORE, from) };
    }
    let own = format!("rows.p{partition}");
    let counts = doc! { "$or": at(partition, from), "$and": [
        { &own: { "$exists": true } },
        { "$or": [{ "rows.p0": { "$exists": false } }, { "rows.p0.position": { "$lte": int(from.position) } }] },
    ] };
    if from.offset > 0 {
        return doc! { "_id": 1, "$or": [counts] };
    }
    let store = doc! { "$or": position(THE_STORE, from), "$and": [{ "$or": [
        { &own: { "$exists": false } },
        { "$expr": { "$lt": [format!("${own}.position"), "$rows.p0.position"] } },
    ] }] };
    doc! { "_id": 1, "$or": [counts, store] }
}

/// The row is at `from`; none is as good as one at nothing.
fn at(partition: Partition, from: Checkpoint) -> Vec<Document> {
    let row = format!("rows.p{partition}");
    let there = doc! { format!("{row}.position"): int(from.position), format!("{row}.offset"): int(from.offset) };
    let nothing = doc! { row: { "$exists": false } };
    if from.position == 0 && from.offset == 0 { vec![there, nothing] } else { vec![there] }
}

/// The same, whatever its offset.
fn position(partition: Partition, from: Checkpoint) -> Vec<Document> {
    let row = format!("rows.p{partition}");
    let there = doc! { format!("{row}.position"): int(from.position) };
    let nothing = doc! { row: { "$exists": false } };
    if from.position == 0 { vec![there, nothing] } else { vec![there] }
}

/// An expression: the time in `field` is over, or there is none.
pub(super) fn not_before(field: &str) -> Document {
    doc! { "$not": [{ "$gt": [field, "$$NOW"] }] }
}
