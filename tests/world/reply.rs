//! What the server answered, and what is asked of every answer.

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::ops::Index;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    what: String,
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is not.
    pub body: Value,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Bytes,
}

impl Reply {
    pub(crate) async fn read(what: String, response: Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { what, status, headers, body, text, bytes })
    }

    /// The same, once it has this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.story());
        self
    }

    /// The same, once it is a refusal of this status in the agreed form.
    #[track_caller]
    pub fn refused(self, status: u16) -> Self {
        self.is(status).is_problem()
    }

    /// The same, once it is a problem document as API.md wants every refusal to be.
    #[track_caller]
    pub fn is_problem(self) -> Self {
        let story = self.story();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{story}");
        for field in ["type", "title", "detail", "instance", "code", "correlation_id"] {
            assert!(self.body[field].is_string(), "no `{field}`: {story}");
        }
        assert_eq!(self.body["status"], self.status, "{story}");
        let code = self.code();
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        assert!(!code.is_empty() && code.chars().all(plain), "code {code}: {story}");
        assert_eq!(self.header("x-correlation-id"), self.body["correlation_id"].as_str(), "{story}");
        self
    }

    /// The same, once a refusal names this field.
    #[track_caller]
    pub fn names_field(self, field: &str) -> Self {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        assert!(errors.iter().any(|error| error["field"] == field), "no error for {field}: {}", self.story());
        self
    }

    /// The code of a refusal.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Event-Position` of a command.
    #[track_caller]
    pub fn position(&self) -> String {
        self.header("Event-Position").unwrap_or_else(|| panic!("no Event-Position: {}", self.story())).into()
    }

    /// The text of a field.
    #[track_caller]
    pub fn str(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text `{field}`: {}", self.story()))
    }

    /// The number in a field.
    #[track_caller]
    pub fn u64(&self, field: &str) -> u64 {
        self.body[field].as_u64().unwrap_or_else(|| panic!("no number `{field}`: {}", self.story()))
    }

    /// The list in a field.
    #[track_caller]
    pub fn list(&self, field: &str) -> &[Value] {
        self.body[field].as_array().unwrap_or_else(|| panic!("no list `{field}`: {}", self.story()))
    }

    /// The body as a bare list.
    #[track_caller]
    pub fn bare_list(&self) -> &[Value] {
        self.body.as_array().unwrap_or_else(|| panic!("no list: {}", self.story()))
    }

    /// The whole exchange, to be shown when a test fails.
    pub fn story(&self) -> String {
        let body: String = self.text.chars().take(2_000).collect();
        format!("{} -> {} {:?}\n{body}", self.what, self.status, self.headers)
    }
}

impl Index<&str> for Reply {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        &self.body[field]
    }
}
