//! How each operation may be refused: the codes that it names itself, and those that hold for all of its kind.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::http::problem;

pub(super) const PROBLEM: &str = "Problem";
const PROBLEM_JSON: &str = "application/problem+json";
/// Parameters that can be of the right type and yet be none: too many, too long, blank.
const MEASURED: [&str; 4] = ["limit", "q", "size", "user_ids"];
/// No code of ours is shorter.
const SHORTEST: usize = 5;

/// Statuses that are to be waited for.
const LATER: [&str; 2] = ["429", "503"];

/// Adds what every operation of its kind may answer, and gives each refusal its form and an example for each of its codes.
pub(super) fn complete(operation: &mut Operation, path: &str, is_public: bool) {
    let usual = usual(operation, path, is_public);
    for (status, _) in usual.iter().filter(|(_, codes)| !codes.is_empty()) {
        let responses = &mut operation.responses.responses;
        responses.entry((*status).to_owned()).or_insert_with(|| RefOr::T(Response::default()));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let codes = usual.iter().find(|(known, _)| known == status).map_or(&[][..], |(_, codes)| codes);
        describe(response, status, codes);
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            fill(response, status, path);
        }
    }
    let other = || RefOr::T(refusal("Any other refusal", BTreeMap::new()));
    operation.responses.responses.entry("default".to_owned()).or_insert_with(other);
}

/// Codes by status.
fn usual(operation: &Operation, path: &str, is_public: bool) -> [(&'static str, Vec<&'static str>); 9] {
    let has_parts = path.contains('{');
    let has_body = operation.request_body.is_some();
    let is_api = path.starts_with("/api/");
    let when = |holds: bool, codes: &[&'static str]| if holds { codes.to_vec() } else { vec![] };
    [
        ("401", when(!is_public, &["UNAUTHENTICATED"])),
        ("404", when(has_parts, &["NOT_FOUND"])),
        ("408", when(has_body, &["BODY_TIMED_OUT"])),
        ("413", when(has_body, &["BODY_TOO_LARGE"])),
        ("415", when(has_body, &["UNSUPPORTED_MEDIA_TYPE"])),
        ("422", malformed(operation)),
        ("429", when(is_api, &["RATE_LIMITED"])),
        ("500", when(is_api, &["INTERNAL"])),
        ("503", when(is_api, &["UNAVAILABLE", "TIMED_OUT"])),
    ]
}

fn malformed(operation: &Operation) -> Vec<&'static str> {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some((parameter.name.as_str(), &parameter.parameter_in)),
        RefOr::Ref(_) => None,
    });
    let parameters: Vec<_> = parameters.collect();
    let takes = |name: &str| parameters.iter().any(|(known, _)| *known == name);
    let asks = parameters.iter().any(|(_, place)| **place == ParameterIn::Query);
    let sends = |kind: &str| body(operation).is_some_and(|body| body.content.contains_key(kind));
    let all = [
        (operation.request_body.is_some(), &["BODY_INCOMPLETE"][..]),
        (sends("application/json"), &["MALFORMED_JSON", "INVALID"]),
        (sends("application/x-www-form-urlencoded"), &["INVALID_FORM"]),
        (sends("multipart/form-data"), &["MALFORMED_FORM", "INVALID"]),
        (asks, &["INVALID_QUERY"]),
        (MEASURED.into_iter().any(takes), &["INVALID"]),
        (takes("cursor"), &["INVALID_CURSOR"]),
        (takes("Idempotency-Key"), &["INVALID_IDEMPOTENCY_KEY", "IDEMPOTENCY_KEY_REUSED"]),
        (takes("Min-Event-Position"), &["INVALID_EVENT_POSITION"]),
        (takes("Last-Event-ID"), &["INVALID_LAST_EVENT_ID"]),
    ];
    all.into_iter().filter(|(holds, _)| *holds).flat_map(|(_, codes)| codes.iter().copied()).collect()
}

fn body(operation: &Operation) -> Option<&RequestBody> {
    match operation.request_body.as_ref()? {
        RefOr::T(body) => Some(body),
        RefOr::Ref(_) => None,
    }
}

/// The codes that a description names.
fn named(description: &str) -> impl Iterator<Item = &str> {
    description.split(|c: char| !c.is_ascii_uppercase() && c != '_').filter(|word| word.len() >= SHORTEST)
}

/// A description that names all codes: those of the operation, and behind them those that hold for all of its kind.
fn describe(response: &mut Response, status: &str, codes: &[&str]) {
    let own = response.description.clone();
    let others: Vec<_> = codes.iter().copied().filter(|code| named(&own).all(|named| named != *code)).collect();
    let parts: Vec<_> = [own, others.join(", ")].into_iter().filter(|part| !part.is_empty()).collect();
    response.description = parts.join("; ");
    if response.description.is_empty() {
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let reason = status.and_then(|status| status.canonical_reason()).unwrap_or("An answer");
        reason.clone_into(&mut response.description);
    }
}

fn fill(response: &mut Response, status: &str, path: &str) {
    let examples = named(&response.description).map(|code| (code.to_owned(), RefOr::T(example(status, path, code))));
    let filled = refusal(&response.description, examples.collect());
    response.content = filled.content;
    if LATER.contains(&status) {
        let about = "Seconds to wait before trying again";
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        let header =
            utoipa::openapi::header::HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build();
        response.headers.insert("Retry-After".to_owned(), header.into());
    }
}

fn refusal(description: &str, examples: BTreeMap<String, RefOr<Example>>) -> Response {
    let mut content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    content.examples = examples;
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}

fn example(status: &str, path: &str, code: &str) -> Example {
    let status: u16 = status.parse().unwrap_or_default();
    let mut value = json!({
        "type": problem::kind(code), "title": problem::title(code), "status": status, "detail": "what is refused, and why",
        "instance": path, "code": code, "correlation_id": "018f2f6e-8c1a-7b0e-9d55-3f1c2a4b5d6e",
    });
    if code == "INVALID" {
        value["errors"] = json!([{ "field": "name", "code": "TOO_LONG", "message": "at most 100 characters" }]);
    }
    ExampleBuilder::new().value(Some::<Value>(value)).build()
}

/// RFC 9457, with a stable code.
pub(super) fn schema() -> Schema {
    let text = |about: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(about)).build();
    let error = ["field", "code", "message"].into_iter().fold(ObjectBuilder::new(), |object, name| {
        object.property(name, ObjectBuilder::new().schema_type(Type::String)).required(name)
    });
    let object = ObjectBuilder::new()
        .property("type", text("A stable URI of the kind of refusal"))
        .property("title", text("The kind of refusal"))
        .property("status", ObjectBuilder::new().schema_type(Type::Integer))
        .property("detail", text("What is refused, and why"))
        .property("instance", text("The path"))
        .property("code", text("The kind of refusal: stable, upper snake case"))
        .property("correlation_id", text("What to name when asking for help"))
        .property("errors", ArrayBuilder::new().items(error));
    let required = ["type", "title", "status", "detail", "instance", "code", "correlation_id"];
    Schema::Object(required.into_iter().fold(object, ObjectBuilder::required).build())
}
