//! The OpenAPI document: made of the routes, finished here with what they share.

use std::collections::HashSet;

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, Info, OpenApi, Ref, RefOr, Response, ResponseBuilder, Server};

use super::health;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const BEARER: &str = "bearer";
const PROBLEM: &str = "Problem";
/// What anybody may call, by how the path ends.
const PUBLIC: [&str; 5] = ["/auth/register", "/auth/login", "/auth/login/json", "/auth/refresh", "/images/{name}"];

/// The document of the contexts' parts and of what every port serves.
#[must_use]
pub fn document(title: &str, parts: impl IntoIterator<Item = OpenApi>) -> OpenApi {
    let mut all = health::document();
    parts.into_iter().for_each(|part| all.merge(part));
    finished(title, all)
}

/// Adds title, server, authentication and the form of every refusal.
#[must_use]
pub fn finished(title: &str, mut document: OpenApi) -> OpenApi {
    document.info = Info::new(title, env!("CARGO_PKG_VERSION"));
    document.servers = Some(vec![Server::new("/")]);
    document.security = Some(vec![bearer()]);
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(PROBLEM.to_owned(), problem().into());
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert(BEARER.to_owned(), scheme.into());
    let mut ids = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        let public = PUBLIC.iter().any(|end| path.ends_with(end));
        for (method, operation) in METHODS.into_iter().zip(operations(item)) {
            let Some(operation) = operation else { continue };
            complete(operation, public);
            tell_apart(operation, method, path, &mut ids);
        }
    }
    document
}

/// Each id once, as generators of clients need it: what the write and the read side call the same is told apart by method, and then
/// by path.
fn tell_apart(operation: &mut Operation, method: &str, path: &str, known: &mut HashSet<String>) {
    let id = operation.operation_id.clone().unwrap_or_else(|| method.to_owned());
    let words =
        path.split('/').filter(|part| !part.is_empty()).map(|part| part.trim_matches(['{', '}']).replace('-', "_"));
    let longest = format!("{method}_{}", words.collect::<Vec<_>>().join("_"));
    let ids = [id.clone(), format!("{method}_{id}"), longest];
    operation.operation_id = ids.into_iter().find(|id| known.insert(id.clone()));
}

fn bearer() -> SecurityRequirement {
    SecurityRequirement::new(BEARER, <[&str; 0]>::default())
}

fn operations(item: &mut PathItem) -> [Option<&mut Operation>; 5] {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].map(Option::as_mut)
}

fn complete(operation: &mut Operation, public: bool) {
    if public {
        operation.security = Some(vec![]);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
            status
                .and_then(|status| status.canonical_reason())
                .unwrap_or("An answer")
                .clone_into(&mut response.description);
        }
    }
    let refusal = || RefOr::T(refusal());
    operation.responses.responses.entry("default".to_owned()).or_insert_with(refusal);
}

fn refusal() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new().description("A refusal").content("application/problem+json", content).build()
}

/// RFC 9457, with a stable code.
fn problem() -> Schema {
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
