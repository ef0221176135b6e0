//! When two requests are the same: method, path and body, the body compared as JSON.

use axum::http::Method;
use serde_json::Value;

/// One text for all requests that are the same, and for no other.
pub(super) fn canonical(method: &Method, path: &str, body: Option<&Value>) -> String {
    // Neither a method nor a path has a line end.
    let mut text = format!("{method}\n{path}\n");
    if let Some(body) = body {
        write(body, &mut text);
    }
    text
}

/// JSON without blanks, the fields of objects in the order of their names.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            list(text, ['{', '}'], fields, |text, (name, value)| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            });
        }
        Value::Array(items) => list(text, ['[', ']'], items, |text, item| write(item, text)),
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn list<I>(text: &mut String, ends: [char; 2], items: impl IntoIterator<Item = I>, one: impl Fn(&mut String, I)) {
    text.push(ends[0]);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        one(text, item);
    }
    text.push(ends[1]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(body: &str) -> String {
        let body = serde_json::from_str(body).expect("JSON");
        canonical(&Method::POST, "/api/messages", Some(&body))
    }

    #[test]
    fn blanks_escapes_and_the_order_of_fields_do_not_matter() {
        let one = posted(r#"{"room_id":"r","content":"a\u0062","more":[1,{"y":null,"x":true}]}"#);
        let two = posted(r#" { "more" : [ 1, {"x":true, "y":null} ], "content" : "ab", "room_id":"r" } "#);
        assert_eq!(one, two);
        assert_eq!(
            one,
            "POST\n/api/messages\n{\"content\":\"ab\",\"more\":[1,{\"x\":true,\"y\":null}],\"room_id\":\"r\"}"
        );
    }

    #[test]
    fn other_values_types_and_orders_of_items_are_other_requests() {
        let bodies =
            [r#"{"a":1}"#, r#"{"a":"1"}"#, r#"{"a":null}"#, "{}", r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, r#"{"b":1}"#];
        let all: std::collections::BTreeSet<_> = bodies.iter().map(|body| posted(body)).collect();
        assert_eq!(all.len(), bodies.len());
    }

    #[test]
    fn a_name_that_looks_like_json_does_not_become_some() {
        assert_ne!(posted(r#"{"a\":1,\"b":2}"#), posted(r#"{"a":1,"b":2}"#));
    }

    #[test]
    fn another_method_or_path_is_another_request() {
        let put = canonical(&Method::PUT, "/a", None);
        assert_ne!(put, canonical(&Method::DELETE, "/a", None));
        assert_ne!(put, canonical(&Method::PUT, "/b", None));
        assert_ne!(put, canonical(&Method::PUT, "/a", Some(&Value::Null)));
    }
}
