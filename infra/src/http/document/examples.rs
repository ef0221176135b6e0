//! Examples, made of the schemas: one for each body, so that whoever reads the document sees what goes over the wire.

use serde_json::{Map, Value};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, RefOr};

/// What a stream or a list of metrics looks like.
const FRAMES: &str = "retry: 3000\nid: 7\nevent: new_message\ndata: {\"id\":\"018f2f6e-8c1a-7b0e-9d55-3f1c2a4b5d6e\",\"content\":\"lunch?\",\"version\":7}\n\n";
const COUNTS: &str = "# TYPE chat_streams_open gauge\nchat_streams_open 3\n# EOF\n";
const ID: &str = "018f2f6e-8c1a-7b0e-9d55-3f1c2a4b5d6e";
const TIME: &str = "2026-11-29T12:00:00.000Z";
/// Schemas may name themselves.
const DEEPEST: usize = 6;

/// Properties by name, where the schema itself says no more than that it is a text.
const TEXTS: [(&str, &str); 26] = [
    ("access_token", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMThmMmY2ZSJ9.c2lnbmF0dXJl"),
    ("action", "accept"),
    ("code", "NOT_FOUND"),
    ("content", "lunch at noon?"),
    ("current_password", "correct-horse-1"),
    ("cursor", "eyJhZnRlciI6N30"),
    ("display_name", "Ann"),
    ("email", "ann@example.com"),
    ("emoji", "👍"),
    ("image_url", "/api/users/images/5f2c1e"),
    ("message", "it is Ann"),
    ("message_type", "text"),
    ("name", "Plans"),
    ("new_password", "battery-staple-2"),
    ("next_cursor", "eyJhZnRlciI6N30"),
    ("nickname", "Ann"),
    ("password", "correct-horse-1"),
    ("preview", "lunch at noon?"),
    ("q", "ann"),
    ("refresh_token", "cmVmcmVzaC4x"),
    ("role", "member"),
    ("room_type", "group"),
    ("since", TIME),
    ("status_message", "back at two"),
    ("user_agent", "curl/8.5"),
    ("username", "ann"),
];

/// The schemas of the document, by name.
pub(super) struct Schemas(pub(super) Value);

impl Schemas {
    /// Gives every body of an operation, and the ids in its path, an example, unless it has one.
    pub(super) fn illustrate(&self, operation: &mut Operation) {
        let bodies = operation.request_body.iter_mut().filter_map(here).flat_map(|body| body.content.iter_mut());
        let answers = operation.responses.responses.values_mut().filter_map(here);
        for (kind, content) in bodies.chain(answers.flat_map(|response| response.content.iter_mut())) {
            if let Some(content) = here(content) {
                self.give(kind, content);
            }
        }
        operation.parameters.iter_mut().flatten().filter_map(here).for_each(name);
    }

    fn give(&self, kind: &str, content: &mut Content) {
        if content.example.is_some() || !content.examples.is_empty() {
            return;
        }
        content.example = match kind {
            "text/event-stream" => Some(FRAMES.into()),
            "application/openmetrics-text" => Some(COUNTS.into()),
            _ => {
                let schema = serde_json::to_value(&content.schema).unwrap_or_default();
                Some(self.example(&schema, "", 0)).filter(|example| !example.is_null())
            }
        };
    }

    /// What fits `schema`; `name` is that of the property; so many schemas that others name lie round it.
    fn example(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        let given = [&schema["example"], &schema["const"], &schema["examples"][0], &schema["enum"][0]];
        if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
            return given.clone();
        }
        if let Some(named) = schema["$ref"].as_str() {
            return self.example(&self.0[named.rsplit('/').next().unwrap_or_default()], name, depth + 1);
        }
        if let Some(all) = schema["allOf"].as_array() {
            return self.merged(all, name, depth);
        }
        let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
        if let Some(choice) = choices.and_then(|all| all.iter().find(|choice| choice["type"] != "null")) {
            return self.example(choice, name, depth);
        }
        self.typed(schema, name, depth)
    }

    fn merged(&self, all: &[Value], name: &str, depth: usize) -> Value {
        let parts = all.iter().map(|part| self.example(part, name, depth));
        Value::Object(parts.filter_map(|part| part.as_object().cloned()).flatten().collect())
    }

    fn typed(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let kinds = schema["type"].as_array();
        let kind = kinds.and_then(|kinds| kinds.iter().find(|kind| **kind != "null")).unwrap_or(&schema["type"]);
        match kind.as_str() {
            Some("object") => self.object(&schema["properties"], depth),
            Some("array") => {
                let item = self.example(&schema["items"], name.trim_end_matches('s'), depth);
                [item].into_iter().filter(|item| !item.is_null()).collect()
            }
            Some("string") => text(schema, name).into(),
            Some("integer" | "number") => schema["minimum"].as_u64().unwrap_or(7).max(1).into(),
            Some("boolean") => false.into(),
            _ => Value::Null,
        }
    }

    fn object(&self, properties: &Value, depth: usize) -> Value {
        let properties = properties.as_object().cloned().unwrap_or_default();
        // An older spelling is not shown to who may use the newer.
        let shown = properties.iter().filter(|(_, schema)| schema["deprecated"] != true);
        Value::Object(
            shown.map(|(name, schema)| (name.clone(), self.example(schema, name, depth))).collect::<Map<_, _>>(),
        )
    }
}

/// What stands here itself; nothing of ours is only referred to.
pub(super) fn here<T>(part: &mut RefOr<T>) -> Option<&mut T> {
    match part {
        RefOr::T(part) => Some(part),
        RefOr::Ref(_) => None,
    }
}

fn text(schema: &Value, name: &str) -> String {
    let known = TEXTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let text = match schema["format"].as_str() {
        Some("date-time") => TIME,
        Some("uuid") => ID,
        _ if name == "id" || name.ends_with("_id") || name == "reply_to" => ID,
        _ if name.ends_with("_at") => TIME,
        _ => known.unwrap_or("text"),
    };
    text.to_owned()
}

/// The ids in paths.
fn name(parameter: &mut Parameter) {
    if parameter.parameter_in == ParameterIn::Path {
        let example = text(&Value::Null, &parameter.name);
        *parameter = ParameterBuilder::from(parameter.clone()).example(Some(example.into())).build();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schemas() -> Schemas {
        Schemas(json!({
            "Person": { "type": "object", "properties": {
                "id": { "type": "string" }, "nickname": { "type": ["string", "null"] }, "old": { "type": "string", "deprecated": true },
                "friends": { "type": "array", "items": { "$ref": "#/components/schemas/Person" } },
            } },
            "Aged": { "allOf": [{ "$ref": "#/components/schemas/Person" }, { "type": "object", "properties": { "age": { "type": "integer" } } }] },
        }))
    }

    #[test]
    fn an_example_fits_its_schema() {
        let of = |schema| schemas().example(&schema, "", 0);
        let aged = of(json!({ "$ref": "#/components/schemas/Aged" }));
        assert_eq!(
            (&aged["id"], &aged["nickname"], &aged["age"], &aged["old"]),
            (&json!(ID), &json!("Ann"), &json!(7), &Value::Null)
        );
        assert!(aged["friends"][0]["nickname"].is_string());
        assert_eq!(of(json!({ "oneOf": [{ "type": "null" }, { "enum": ["a", "b"] }] })), "a");
        assert_eq!(of(json!({ "type": "string", "example": "own words" })), "own words");
    }

    #[test]
    fn a_schema_that_names_itself_comes_to_an_end() {
        let person = schemas().example(&json!({ "$ref": "#/components/schemas/Person" }), "", 0);
        assert!(person.to_string().len() < 1000, "{person}");
    }
}
