//! How an image that never changes is answered.

use std::ops::RangeInclusive;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use domain::user::{ImageName, ImageSize};

/// Whatever somebody managed to bring in as an image, no browser takes it for anything else.
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
];

/// An image in one size.
pub(super) struct Kept {
    pub(super) name: ImageName,
    pub(super) size: ImageSize,
    pub(super) bytes: Bytes,
}

impl Kept {
    /// As much of it as is asked for: all, nothing if it is there already, or one range.
    pub(super) fn answer(self, asked: &HeaderMap) -> Response {
        let tag = format!("\"{:032x}-{}\"", self.name.digest, self.size.pixels());
        let mut response = if is_known(asked, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.content(range(asked, &tag, self.bytes.len()))
        };
        response.headers_mut().extend(ALWAYS);
        // Hexadecimal digits.
        response.headers_mut().extend(HeaderValue::try_from(tag).map(|tag| (ETAG, tag)).ok());
        response
    }

    fn content(&self, range: Option<RangeInclusive<usize>>) -> Response {
        let media_type = [(CONTENT_TYPE, HeaderValue::from_static(self.name.format.media_type()))];
        let Some(range) = range else { return (media_type, Body::from(self.bytes.clone())).into_response() };
        let which = format!("bytes {}-{}/{}", range.start(), range.end(), self.bytes.len());
        let part = Body::from(self.bytes.slice(range));
        (StatusCode::PARTIAL_CONTENT, media_type, [(CONTENT_RANGE, which)], part).into_response()
    }
}

/// Whether whoever asks has it (RFC 9110, 13.1.2: compared weakly).
fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let sent = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = sent.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// The one range that is asked for; for several, or one that is not there, all is sent (RFC 9110, 14.2: a server may).
fn range(asked: &HeaderMap, tag: &str, length: usize) -> Option<RangeInclusive<usize>> {
    if asked.get(IF_RANGE).is_some_and(|known| known != tag) {
        return None;
    }
    let wanted = asked.get(RANGE)?.to_str().ok()?;
    let ranges = http_range_header::parse_range_header(wanted).ok()?.validate(length as u64).ok()?;
    let [range] = ranges.as_slice() else { return None };
    Some(usize::try_from(*range.start()).ok()?..=usize::try_from(*range.end()).ok()?)
}

#[cfg(test)]
mod tests {
    use domain::UserId;
    use domain::user::ImageFormat;
    use uuid::Uuid;

    use super::*;

    const TAG: &str = "\"00000000000000000000000000000007-64\"";

    async fn asked<const N: usize>(headers: [(HeaderName, &str); N]) -> (u16, HeaderMap, Bytes) {
        let headers = headers.map(|(name, value)| (name, value.parse().expect("a header")));
        let name = ImageName { user: UserId(Uuid::from_u128(1)), made_at: 1, digest: 7, format: ImageFormat::Webp };
        let kept = Kept { name, size: ImageSize::Small, bytes: Bytes::from_static(b"0123456789") };
        let response = kept.answer(&headers.into_iter().collect());
        let (parts, body) = response.into_parts();
        (parts.status.as_u16(), parts.headers, axum::body::to_bytes(body, 100).await.expect("a body"))
    }

    #[tokio::test]
    async fn an_image_is_an_image_for_ever_and_nothing_else() {
        let (status, headers, body) = asked([]).await;
        assert_eq!((status, &body[..]), (200, &b"0123456789"[..]));
        for (name, value) in [
            (CONTENT_TYPE, "image/webp"),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (CONTENT_SECURITY_POLICY, "default-src 'none'"),
            (CONTENT_DISPOSITION, "inline"),
            (ETAG, TAG),
        ] {
            assert_eq!(headers[&name], value, "{name}");
        }
    }

    #[tokio::test]
    async fn who_has_it_is_told_so_and_sent_nothing() {
        for known in [TAG, "*", &format!("W/{TAG}"), &format!("\"other\", {TAG}")] {
            let (status, headers, body) = asked([(IF_NONE_MATCH, known)]).await;
            assert_eq!((status, body.len(), &headers[ETAG]), (304, 0, &HeaderValue::from_static(TAG)), "{known}");
            assert!(headers.contains_key(CACHE_CONTROL));
        }
        assert_eq!(asked([(IF_NONE_MATCH, "\"00000000000000000000000000000007-256\"")]).await.0, 200);
    }

    #[tokio::test]
    async fn one_range_is_sent_as_one() {
        for (wanted, which, part) in [
            ("bytes=2-4", "bytes 2-4/10", "234"),
            ("bytes=-2", "bytes 8-9/10", "89"),
            ("bytes=7-", "bytes 7-9/10", "789"),
        ] {
            let (status, headers, body) = asked([(RANGE, wanted)]).await;
            assert_eq!(
                (status, &headers[CONTENT_RANGE], &body[..]),
                (206, &which.parse().expect("a header"), part.as_bytes())
            );
            assert_eq!(asked([(RANGE, wanted), (IF_RANGE, TAG)]).await.0, 206);
            assert_eq!(asked([(RANGE, wanted), (IF_RANGE, "\"older\"")]).await.0, 200);
        }
        for all in ["bytes=10-", "bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes="] {
            assert_eq!(asked([(RANGE, all)]).await.0, 200, "{all}");
        }
    }
}
