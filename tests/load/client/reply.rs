//! Answers, parsed no further than the generator needs.

use std::borrow::Cow;
use std::ops::Range;

use super::chunks::Chunks;
use crate::error::Error;

/// A complete answer, lying in its connection's buffer.
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a [u8],
    pub(crate) body: Cow<'a, [u8]>,
}

impl Reply<'_> {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(self.head, name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The `version` in a message's JSON, without parsing the rest.
    pub(crate) fn version(&self) -> Option<u64> {
        number_after(&self.body, b"\"version\":")
    }
}

/// Where the parts of a complete answer lie.
pub(crate) struct Shape {
    pub(crate) status: u16,
    pub(crate) head: usize,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Plain(Range<usize>),
    Unchunked(Vec<u8>),
}

impl Shape {
    pub(crate) fn of(self, buffer: &[u8]) -> Reply<'_> {
        Reply {
            status: self.status,
            head: &buffer[..self.head],
            body: match self.body {
                Body::Plain(range) => Cow::Borrowed(&buffer[range]),
                Body::Unchunked(bytes) => Cow::Owned(bytes),
            },
        }
    }
}

/// The shape of the answer in `buffer`, or nothing while it is incomplete.
pub(crate) fn shape(buffer: &[u8]) -> Result<Option<Shape>, Error> {
    let Some(head) = head_length(buffer) else {
        return Ok(None);
    };
    let status = status(buffer)?;
    let body = body(status, &buffer[..head], &buffer[head..])?;
    Ok(body.map(|body| Shape { status, head, body }))
}

fn body(status: u16, head: &[u8], rest: &[u8]) -> Result<Option<Body>, Error> {
    if is_chunked(head) {
        let (mut chunks, mut bytes) = (Chunks::new(), Vec::new());
        chunks.decode(rest, &mut bytes)?;
        return Ok(chunks.finished().then_some(Body::Unchunked(bytes)));
    }
    let length = match (header(head, "content-length"), status) {
        (_, 100..=199 | 204 | 304) => 0,
        (Some(value), _) => number(value).ok_or(Error::Malformed("content-length"))? as usize,
        (None, _) => return Err(Error::Malformed("an answer of unknown length")),
    };
    let range = head.len()..head.len() + length;
    Ok((rest.len() >= length).then_some(Body::Plain(range)))
}

/// The length of the head with its empty line, once that has arrived.
pub(crate) fn head_length(buffer: &[u8]) -> Option<usize> {
    find(buffer, b"\r\n\r\n").map(|at| at + 4)
}

pub(crate) fn status(head: &[u8]) -> Result<u16, Error> {
    let digits = head.get(9..12).filter(|_| head.starts_with(b"HTTP/1."));
    let value = digits.and_then(number).ok_or(Error::Malformed("status line"))?;
    u16::try_from(value).map_err(|_| Error::Malformed("status"))
}

pub(crate) fn is_chunked(head: &[u8]) -> bool {
    header(head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case(b"chunked"))
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a [u8]> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        key.eq_ignore_ascii_case(name.as_bytes()).then(|| value.trim_ascii())
    })
}

/// Where `needle` begins in `text`.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|part| part == needle)
}

/// The decimal number that follows `mark` in `text`.
pub(crate) fn number_after(text: &[u8], mark: &[u8]) -> Option<u64> {
    let rest = &text[find(text, mark)? + mark.len()..];
    let end = rest.iter().position(|byte| !byte.is_ascii_digit());
    number(&rest[..end.unwrap_or(rest.len())])
}

pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Option<(u16, Vec<u8>)> {
        let reply = shape(bytes).ok()??.of(bytes);
        Some((reply.status, reply.body.into_owned()))
    }

    #[test]
    fn a_plain_answer_is_complete_with_its_last_byte() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(parsed(bytes), Some((201, b"hello".to_vec())));
        for cut in 0..bytes.len() {
            assert_eq!(parsed(&bytes[..cut]), None);
        }
    }

    #[test]
    fn a_chunked_answer_is_put_together() {
        let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
        assert_eq!(parsed(bytes), Some((200, b"ab".to_vec())));
    }

    #[test]
    fn no_content_has_no_body() {
        assert_eq!(parsed(b"HTTP/1.1 204 No Content\r\n\r\n"), Some((204, Vec::new())));
    }

    #[test]
    fn a_number_is_found_after_its_mark() {
        assert_eq!(number_after(b"{\"version\":42,", b"\"version\":"), Some(42));
        assert_eq!(number_after(b"{}", b"\"version\":"), None);
    }
}
