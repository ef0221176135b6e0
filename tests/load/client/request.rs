//! Requests, rendered once and sent many times.

use std::fmt::Write;

use serde_json::Value;

/// Digits of a stamp; any u64 fits.
const STAMP_WIDTH: usize = 20;
/// What stands before the stamp in a message's content.
pub(crate) const STAMP_MARK: &str = "t=";

/// The bytes of a request, and where in them a stamp is rewritten before each sending.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    stamp_at: Option<usize>,
}

impl Request {
    pub(crate) fn get(path: &str, token: &str) -> Self {
        Self::render("GET", path, Some(token), None, "")
    }

    pub(crate) fn post(path: &str, token: &str, body: &Value) -> Self {
        Self::render("POST", path, Some(token), None, &body.to_string())
    }

    /// A POST without a body.
    pub(crate) fn empty_post(path: &str, token: &str) -> Self {
        Self::render("POST", path, Some(token), None, "")
    }

    /// A message of about sixty characters whose content begins with the moment of its sending.
    pub(crate) fn message(room: &str, token: &str) -> Self {
        let digits = "0".repeat(STAMP_WIDTH);
        let content = format!("{STAMP_MARK}{digits} a message of the load program");
        let body = serde_json::json!({ "room_id": room, "content": content }).to_string();
        let mut request = Self::render("POST", "/api/messages", Some(token), None, &body);
        let body_at = request.bytes.len() - body.len();
        request.stamp_at = body.find(&digits).map(|at| body_at + at);
        request
    }

    /// Any request; `position` goes out as `Min-Event-Position`.
    pub(crate) fn render(method: &str, path: &str, token: Option<&str>, position: Option<&str>, body: &str) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        let mut header = |name: &str, value: &str| {
            let _ = write!(text, "{name}: {value}\r\n");
        };
        if let Some(token) = token {
            header("authorization", &format!("Bearer {token}"));
        }
        if let Some(position) = position {
            header("min-event-position", position);
        }
        if !body.is_empty() {
            header("content-type", "application/json");
        }
        if method != "GET" {
            header("content-length", &body.len().to_string());
        }
        text.push_str("\r\n");
        text.push_str(body);
        Self { bytes: text.into_bytes(), stamp_at: None }
    }

    /// Writes the stamp into the content, if this request has one.
    pub(crate) fn stamp(&mut self, mut value: u64) {
        let Some(at) = self.stamp_at else { return };
        for digit in self.bytes[at..at + STAMP_WIDTH].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_written_in_place() {
        let mut request = Request::message("r", "t");
        let length = request.bytes().len();
        request.stamp(1_234_567);
        let text = String::from_utf8_lossy(request.bytes()).into_owned();
        assert!(text.contains("\"content\":\"t=00000000000001234567 a"));
        assert_eq!(request.bytes().len(), length);
    }
}
