//! The schemas of the document, as a validator of JSON Schema takes them.

use jsonschema::Draft;
use serde_json::{Value, json};

/// A document whose schemas allow nothing that they do not describe: consumers ignore what they do not know, this test does not.
pub(super) struct Schemas(Value);

impl Schemas {
    pub(super) fn of(document: &Value) -> Self {
        let mut closed = document.clone();
        for (name, schema) in closed["components"]["schemas"].as_object_mut().expect("schemas") {
            // Those of a message lie beside the ones that all have.
            if !name.ends_with("Headers") {
                close(schema);
            }
        }
        for message in closed["components"]["messages"].as_object_mut().expect("messages").values_mut() {
            message["headers"]["unevaluatedProperties"] = json!(false);
        }
        Self(closed)
    }

    /// Panics with what is wrong with `value`, unless it is as the schema at `reference` says.
    pub(super) fn check(&self, reference: &str, value: &Value) {
        let problems = self.problems(reference, value);
        assert!(problems.is_empty(), "{reference}: {problems:?}\n{value:#}");
    }

    fn problems(&self, reference: &str, value: &Value) -> Vec<String> {
        let mut schema = self.0.clone();
        schema["allOf"] = json!([{ "$ref": reference }]);
        // The newest draft knows the format of ids; of the keywords that are used, AsyncAPI's own draft 7 says the same.
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let validator = options.build(&schema).expect("schemas");
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("type") == Some(&json!("object")) {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn what_is_not_as_a_schema_says_is_told() {
    let id = "00000000-0000-0000-0000-000000000001";
    let schemas = Schemas::of(&json!({ "components": { "messages": {}, "schemas": {
        "S": { "type": "object", "required": ["id"], "properties": {
            "id": { "type": "string", "format": "uuid" },
            "of": { "$ref": "#/components/schemas/T" },
        } },
        "T": { "type": "object", "properties": { "n": { "type": "integer", "minimum": 0 } } },
    } } }));
    let problems = |value: &Value| schemas.problems("#/components/schemas/S", value);
    assert_eq!(problems(&json!({ "id": id, "of": { "n": 1 } })), [""; 0]);
    for wrong in [
        json!([]),
        json!({}),
        json!({ "id": "x" }),
        json!({ "id": id, "more": 1 }),
        json!({ "id": id, "of": { "n": -1 } }),
        json!({ "id": id, "of": { "more": 1 } }),
    ] {
        assert!(!problems(&wrong).is_empty(), "{wrong}");
    }
}
