use std::collections::BTreeSet;

use serde_json::Value;

use super::document;

fn whole() -> Value {
    let parts = command_side::api::documents().into_iter().chain(query_side::api::documents());
    serde_json::to_value(document("BigTech Chat", parts)).expect("JSON")
}

/// Each operation with its method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().expect("an item").iter().map(move |(method, one)| (path, method, one))
    });
    let all = all.filter(|(_, method, _)| super::METHODS.contains(&method.as_str()));
    all.map(|(path, method, operation)| (format!("{method} {path}"), operation)).collect()
}

#[test]
fn every_body_has_an_example_and_every_refusal_a_form() {
    let document = whole();
    let mut lacking = Vec::new();
    for (name, operation) in operations(&document) {
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        lacking.extend(bodies.filter(|(_, body)| body["example"].is_null()).map(|_| format!("{name}: its body")));
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let content = response["content"].as_object();
            let is_illustrated = |body: &Value| !body["example"].is_null() || !body["examples"].is_null();
            if status == "204" || status == "302" || status == "304" || status == "default" {
                continue;
            }
            if content.is_none_or(|content| !content.values().all(is_illustrated)) {
                lacking.push(format!("{name}: {status}"));
            }
        }
    }
    assert!(lacking.is_empty(), "no example:\n{}", lacking.join("\n"));
}

#[test]
fn every_refusal_names_its_codes_and_has_an_example_of_each() {
    let document = whole();
    let is_code = |word: &str| word.len() >= 5 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let mut lacking = Vec::new();
    for (name, operation) in operations(&document) {
        let refusals = operation["responses"].as_object().expect("responses").iter();
        for (status, response) in refusals.filter(|(status, _)| status.starts_with('4')) {
            let said = response["description"].as_str().expect("a description");
            let named: BTreeSet<_> = said.split([' ', ',', ';', ':']).filter(|word| is_code(word)).collect();
            let examples = &response["content"]["application/problem+json"]["examples"];
            let shown = examples.as_object().into_iter().flatten();
            let shown: BTreeSet<_> = shown.filter_map(|(_, example)| example["value"]["code"].as_str()).collect();
            let number: u16 = status.parse().expect("a status");
            let is_of_it = |example: &Value| example["value"]["status"] == number;
            let fit = examples.as_object().is_some_and(|all| all.values().all(is_of_it));
            if named.is_empty() || named != shown || !fit {
                lacking.push(format!("{name} {status}: {named:?}, {shown:?}"));
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn an_operation_says_how_it_may_be_refused() {
    let document = whole();
    let refused = |path: &str, method: &str, status: &str| {
        let examples =
            document["paths"][path][method]["responses"][status]["content"]["application/problem+json"]["examples"]
                .clone();
        examples.as_object().map(|all| all.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default()
    };
    let is = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(refused("/api/messages", "post", "403"), is(&["NOT_A_MEMBER", "BLOCKED", "USER_DELETED"]));
    assert_eq!(refused("/api/messages", "post", "429"), is(&["RATE_LIMITED"]));
    assert_eq!(refused("/api/auth/login", "post", "429"), is(&["RATE_LIMITED", "TOO_MANY_ATTEMPTS"]));
    assert_eq!(refused("/api/auth/login", "post", "401"), is(&["WRONG_CREDENTIALS"]));
    let form = ["BODY_INCOMPLETE", "MALFORMED_JSON", "INVALID", "INVALID_IDEMPOTENCY_KEY", "IDEMPOTENCY_KEY_REUSED"];
    let content = ["BLANK", "TOO_LONG", "FORBIDDEN_CHARACTER"];
    assert_eq!(refused("/api/messages", "post", "422"), is(&[&form[..], &content].concat()));
    let page = ["INVALID_QUERY", "INVALID", "INVALID_CURSOR", "INVALID_EVENT_POSITION"];
    assert_eq!(refused("/api/chat-rooms", "get", "422"), is(&page));
    assert_eq!(refused("/api/messages", "get", "403"), is(&["NOT_A_MEMBER"]));
    assert_eq!(refused("/api/users/{id}", "get", "404"), is(&["USER_NOT_FOUND", "NOT_FOUND"]));
    assert!(refused("/api/auth/login", "post", "422").contains("INVALID_FORM"));
    assert!(refused("/api/auth/register", "post", "422").contains("NOT_EMAIL"));
    assert!(refused("/health", "get", "401").is_empty());
}

#[test]
fn whoever_may_call_anything_is_said_and_older_spellings_are_deprecated() {
    let document = whole();
    for (name, operation) in operations(&document) {
        let is_open = operation["security"]
            .as_array()
            .is_some_and(|needs| needs.iter().all(|need| need.as_object().is_some_and(serde_json::Map::is_empty)));
        let is_public = !name.contains("/api/")
            || ["register", "login", "json", "refresh", "{name}"].iter().any(|end| name.ends_with(end));
        assert_eq!(is_open, is_public, "{name}");
    }
    for path in ["/api/auth/login/json", "/api/profile/me", "/api/friends/status/{requester_user_id}"] {
        let all = document["paths"][path].as_object().expect(path);
        assert!(all.values().all(|operation| operation["deprecated"] == true), "{path}");
    }
    assert_eq!(document["components"]["schemas"]["SignInForm"]["deprecated"], true);
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let is_older = ["skip", "query"].contains(&parameter["name"].as_str().expect("a name"));
            assert_eq!(parameter["deprecated"] == true, is_older, "{name}: {parameter}");
        }
    }
}
