//! The OpenAPI document: made of the routes, finished here with what they share.

mod bounds;
mod examples;
mod refusals;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use utoipa::openapi::info::{ContactBuilder, InfoBuilder, LicenseBuilder};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, Info, OpenApi, Server, Tag};

use super::health;
use examples::Schemas;
use refusals::PROBLEM;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const BEARER: &str = "bearer";
/// What anybody may call, by how the path ends.
const PUBLIC: [&str; 5] = ["/auth/register", "/auth/login", "/auth/login/json", "/auth/refresh", "/images/{name}"];
const ABOUT: &str = "An event-sourced chat: people, friends, rooms, messages, notifications, and live streams of them.\n\n\
    Refusals are problem documents (RFC 9457) with a stable `code`. Where the rules for one field refuse, the code is theirs (`TOO_LONG`), \
    and `errors` names the field; where several do, or a field is missing or of the wrong type, it is `INVALID`, and `errors` has the code of each. Commands take an `Idempotency-Key` and answer with `Event-Position`. \
    What is marked as deprecated are the spellings of an older system, which stay.";
const TAGS: [(&str, &str); 5] = [
    ("user", "Accounts, sessions, profiles"),
    ("friend", "Friendships, requests for them, blocks"),
    ("chat", "Rooms, messages, live streams"),
    ("notification", "What one should hear of"),
    ("operations", "What every port says of itself"),
];

/// The document of the contexts' parts and of what every port serves.
#[must_use]
pub fn document(title: &str, parts: impl IntoIterator<Item = OpenApi>) -> OpenApi {
    let mut all = health::document();
    parts.into_iter().for_each(|part| all.merge(part));
    finished(title, all)
}

/// Adds title, server, authentication, examples and the form of every refusal.
#[must_use]
pub fn finished(title: &str, mut document: OpenApi) -> OpenApi {
    document.info = info(title);
    document.servers = Some(vec![Server::new("/")]);
    document.security = Some(vec![bearer()]);
    document.tags = Some(tags());
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(PROBLEM.to_owned(), refusals::schema().into());
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert(BEARER.to_owned(), scheme.into());
    let schemas = Schemas(serde_json::to_value(&components.schemas).unwrap_or_default());
    let mut ids = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in METHODS.into_iter().zip(operations(item)) {
            let Some(operation) = operation else { continue };
            complete(operation, path);
            bounds::complete(operation);
            schemas.illustrate(operation);
            tell_apart(operation, method, path, &mut ids);
        }
    }
    document
}

fn complete(operation: &mut Operation, path: &str) {
    let is_public = PUBLIC.iter().any(|end| path.ends_with(end)) || operation.security.as_deref().is_some_and(is_open);
    if is_public {
        operation.security = Some(vec![]);
    }
    refusals::complete(operation, path, is_public);
}

/// Whether nothing is asked for: `security(())`.
fn is_open(needs: &[SecurityRequirement]) -> bool {
    needs.iter().all(|need| *need == SecurityRequirement::default())
}

fn info(title: &str) -> Info {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let contact = ContactBuilder::new()
        .name(Some("BigTech Chat"))
        .url(Some("https://github.com/bigtech-chat/bigtech-chat"))
        .build();
    let info = InfoBuilder::new().title(title).version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT));
    info.license(Some(license)).contact(Some(contact)).build()
}

fn tags() -> Vec<Tag> {
    TAGS.into_iter().map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build()).collect()
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
