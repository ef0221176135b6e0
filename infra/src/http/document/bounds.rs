//! What a parameter may be, where a schema can say it: the same for all of one name.

use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::Object;
use utoipa::openapi::{Deprecated, RefOr, Schema};

use super::examples::here;

/// The most of a page.
const LONGEST_PAGE: i32 = 100;
/// 1 to 128 visible ASCII characters.
const KEY: &str = "^[!-~]{1,128}$";
/// Base64 without padding, as `Event-Position` was given.
const POSITION: &str = "^[A-Za-z0-9_-]+$";

/// What an older system called `q` and `offset`.
const OLDER: [&str; 2] = ["query", "skip"];

const NOT_BLANK: &str = r"[^\s\x00-\x1F\x7F-\x9F]";

/// Completes the parameters of an operation.
pub(super) fn complete(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten().filter_map(here) {
        bound(parameter);
    }
}

fn bound(parameter: &mut Parameter) {
    if OLDER.contains(&parameter.name.as_str()) {
        parameter.deprecated = Some(Deprecated::True);
    }
    let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema else { return };
    match parameter.name.as_str() {
        "limit" => between(schema, 1, LONGEST_PAGE),
        "size" => schema.enum_values = Some(["64", "256"].map(Value::from).to_vec()),
        "Idempotency-Key" => schema.pattern = Some(KEY.to_owned()),
        "Min-Event-Position" => schema.pattern = Some(POSITION.to_owned()),
        "q" | "query" => schema.pattern = Some(NOT_BLANK.to_owned()),
        "user_ids" | "cursor" => schema.min_length = Some(1),
        _ => {}
    }
}

fn between(schema: &mut Object, least: i32, most: i32) {
    schema.minimum = Some(least.into());
    schema.maximum = Some(most.into());
}
