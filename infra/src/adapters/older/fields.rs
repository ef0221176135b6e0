//! Fields of documents, whichever of their types they were written with.

use chrono::NaiveDateTime;
use command_side::ports::TimeFrom;
use domain::Timestamp;
use mongodb::bson::{Bson, Document, doc};

/// A number, also where it was written as a text.
pub(super) fn number(found: &Document, name: &str) -> Option<u64> {
    match found.get(name)? {
        Bson::Int32(number) => (*number).try_into().ok(),
        Bson::Int64(number) => (*number).try_into().ok(),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole one, and not negative")]
        Bson::Double(number) if number.fract() == 0.0 && *number >= 0.0 => Some(*number as u64),
        Bson::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A text that says something.
pub(super) fn text(found: &Document, name: &str) -> Option<String> {
    found.get_str(name).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An id, also where it was written as a text.
pub(super) fn id(found: &Document, name: &str) -> String {
    match found.get(name) {
        Some(Bson::ObjectId(id)) => id.to_hex(),
        Some(Bson::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// Whether it is so.
pub(super) fn flag(found: &Document, name: &str) -> bool {
    match found.get(name) {
        Some(Bson::Boolean(is)) => *is,
        _ => number(found, name).is_some_and(|number| number != 0),
    }
}

/// A moment in UTC, also where it was written as a text without a zone.
pub(super) fn moment(found: &Document, name: &str) -> Option<Timestamp> {
    match found.get(name)? {
        Bson::DateTime(at) => Some(Timestamp(at.timestamp_millis())),
        Bson::String(text) => Timestamp::parse(text).or_else(|| naive(text)),
        _ => None,
    }
}

fn naive(text: &str) -> Option<Timestamp> {
    let read = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let at = read("%Y-%m-%dT%H:%M:%S%.f").or_else(|| read("%Y-%m-%d %H:%M:%S%.f"))?;
    Some(Timestamp(at.and_utc().timestamp_millis()))
}

/// What the date or the text of a document's time says, as the server reads it.
const SAID: &str = "import_said";
/// When a document is taken to have been made.
const MADE: &str = "import_made";

/// The stages that put documents in order by when they were made: when the field `by` says, else when their id was made; then by id. The
/// server's own order would put texts before dates, and before both what says nothing.
pub(super) fn in_order(by: &str) -> [Document; 3] {
    let field = format!("${by}");
    let read =
        |input: &str, to: &str| doc! { "$convert": { "input": input, "to": to, "onError": null, "onNull": null } };
    let is_said = doc! { "$in": [{ "$type": &field }, ["date", "string"]] };
    let said = doc! { "$cond": [is_said, read(&field, "date"), null] };
    let made = doc! { "$ifNull": [format!("${SAID}"), { "$toDate": read("$_id", "objectId") }] };
    [
        doc! { "$addFields": { SAID: said } },
        doc! { "$addFields": { MADE: made } },
        doc! { "$sort": { MADE: 1, "_id": 1 } },
    ]
}

/// When a document was made that was put in order by the field `by`, and what says so.
pub(super) fn made(found: &Document, by: &str) -> (Option<Timestamp>, TimeFrom) {
    let made = moment(found, MADE);
    let from = match (found.get(by), found.get(SAID)) {
        (Some(Bson::DateTime(_)), _) => TimeFrom::Date,
        (_, Some(Bson::DateTime(_))) => TimeFrom::Text,
        _ if made.is_some() => TimeFrom::Id,
        _ => TimeFrom::Date,
    };
    (made, from)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::DateTime;

    use super::*;

    #[test]
    fn a_moment_is_read_with_a_zone_and_without_one() {
        let found = doc! { "z": "2024-01-02T03:04:05Z", "t": "2024-01-02T03:04:05.250000", "s": "2024-01-02 03:04:05", "x": "then" };
        let read = |name| moment(&found, name).map(|at| at.to_string());
        assert_eq!(read("z").as_deref(), Some("2024-01-02T03:04:05.000Z"));
        assert_eq!(read("t").as_deref(), Some("2024-01-02T03:04:05.250Z"));
        assert_eq!(read("s"), read("z"));
        assert_eq!(read("x"), None);
    }

    #[test]
    fn when_something_was_made_is_told_with_what_says_so() {
        let at = DateTime::from_millis(5);
        let of = |found: Document| made(&found, "at");
        let date = doc! { "at": at, SAID: at, MADE: at };
        assert_eq!(of(date), (Some(Timestamp(5)), TimeFrom::Date));
        let text = doc! { "at": "1970-01-01T00:00:00.005", SAID: at, MADE: at };
        assert_eq!(of(text), (Some(Timestamp(5)), TimeFrom::Text));
        assert_eq!(of(doc! { "at": "then", SAID: null, MADE: at }), (Some(Timestamp(5)), TimeFrom::Id));
        assert_eq!(of(doc! { "_id": 7, SAID: null, MADE: null }), (None, TimeFrom::Date));
    }

    #[test]
    fn a_number_is_one_in_whichever_type() {
        let found = doc! { "a": 7_i32, "b": 7_i64, "c": 7.0, "d": "7", "e": -7, "f": 7.5, "g": "x" };
        assert!(["a", "b", "c", "d"].iter().all(|name| number(&found, name) == Some(7)));
        assert!(["e", "f", "g", "h"].iter().all(|name| number(&found, name).is_none()));
    }
}
