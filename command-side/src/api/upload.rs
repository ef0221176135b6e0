//! An image as it comes in: the part `image` of a form. Its name, and what it says that it is, do not matter.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

use super::asker::{Arrival, Asker};
use super::{Commands, Error};

/// The largest image, in bytes.
pub const LARGEST_IMAGE: usize = 5 * 1024 * 1024;
const FORM: &str = "multipart/form-data";
const IMAGE: &str = "image";

/// Who brings an image, and which.
pub(super) struct Upload {
    pub(super) asker: Asker,
    pub(super) image: Bytes,
}

impl FromRequest<Arc<Commands>> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, commands: &Arc<Commands>) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let arrival = Arrival::of(&mut parts).await?;
        let image = read(Request::from_parts(parts, body), commands).await?;
        // Forms of the same image differ in their boundaries: it is the image that makes requests the same.
        let whole = Value::from(commands.digests.digest("upload", &image).to_vec());
        Ok(Self { asker: arrival.asker(commands, Some(&whole)), image })
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let said = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !said.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Error::UnsupportedMediaType(FORM));
    }
    let mut form =
        Multipart::from_request(request, state).await.map_err(|rejection| malformed(&rejection.body_text()))?;
    let mut image = None;
    while let Some(field) = form.next_field().await.map_err(refused)? {
        if field.name() == Some(IMAGE) {
            let again = image.replace(whole(field).await?).is_some();
            if again {
                return Err(Error::field(IMAGE, "TWICE", "one image is expected"));
            }
        }
    }
    image.ok_or_else(|| Error::field(IMAGE, "MISSING", "the form has no part that is called image"))
}

async fn whole(mut field: Field<'_>) -> Result<Bytes, Error> {
    let mut image = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(refused)? {
        if image.len() + chunk.len() > LARGEST_IMAGE {
            return Err(Error::TooLarge(LARGEST_IMAGE));
        }
        image.extend_from_slice(&chunk);
    }
    Ok(image.into())
}

fn refused(error: MultipartError) -> Error {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(LARGEST_IMAGE),
        _ => malformed(&error.body_text()),
    }
}

fn malformed(why: &str) -> Error {
    Error::Malformed { code: "MALFORMED_FORM", detail: format!("the body is no form: {why}") }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const BOUNDARY: &str = "multipart/form-data; boundary=x";

    fn part(name: &str, content: &[u8]) -> Vec<u8> {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.exe\"\r\n\r\n");
        [head.as_bytes(), content, b"\r\n"].concat()
    }

    async fn form(content_type: &str, parts: &[Vec<u8>]) -> Result<Bytes, Error> {
        let body = [&parts.concat()[..], b"--x--\r\n"].concat();
        let request = Request::builder().header(CONTENT_TYPE, content_type).body(Body::from(body)).expect("a request");
        read(request, &()).await
    }

    async fn field_code(parts: &[Vec<u8>]) -> &'static str {
        match form(BOUNDARY, parts).await {
            Err(Error::Invalid(errors)) if errors[0].field == IMAGE => errors[0].code,
            other => panic!("not refused by its field: {other:?}"),
        }
    }

    #[tokio::test]
    async fn the_part_that_is_called_image_is_taken_and_others_are_not_looked_at() {
        let parts = [part("caption", b"me"), part("image", b"\x89PNG"), part("more", b"")];
        assert_eq!(form(BOUNDARY, &parts).await.expect("an image"), &b"\x89PNG"[..]);
    }

    #[tokio::test]
    async fn one_image_is_expected() {
        assert_eq!(field_code(&[part("picture", b"x")]).await, "MISSING");
        assert_eq!(field_code(&[part("image", b"x"), part("image", b"y")]).await, "TWICE");
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused_as_what_it_is() {
        for other in ["image/png", "application/json", "multipart/mixed; boundary=x", ""] {
            assert!(matches!(form(other, &[]).await, Err(Error::UnsupportedMediaType(FORM))), "{other}");
        }
        let code = |refused| match refused {
            Err(Error::Malformed { code, .. }) => code,
            other => panic!("not malformed: {other:?}"),
        };
        assert_eq!(code(form("multipart/form-data", &[]).await), "MALFORMED_FORM");
        let cut = part("image", b"half")[..40].to_vec();
        let request = Request::builder().header(CONTENT_TYPE, BOUNDARY).body(Body::from(cut)).expect("a request");
        assert_eq!(code(read(request, &()).await), "MALFORMED_FORM");
    }

    #[tokio::test]
    async fn the_largest_image_fits_and_a_byte_more_does_not() {
        let sized = |size| [part("image", &vec![0; size])];
        // What axum allows by itself is less; the edge says otherwise for this route.
        let read = async |parts: &[Vec<u8>]| {
            let body = [&parts.concat()[..], b"--x--\r\n"].concat();
            let request = Request::builder().header(CONTENT_TYPE, BOUNDARY).body(Body::from(body)).expect("a request");
            let mut request = request;
            axum::extract::DefaultBodyLimit::max(2 * LARGEST_IMAGE).apply(&mut request);
            super::read(request, &()).await
        };
        assert_eq!(read(&sized(LARGEST_IMAGE)).await.expect("it fits").len(), LARGEST_IMAGE);
        assert!(matches!(read(&sized(LARGEST_IMAGE + 1)).await, Err(Error::TooLarge(LARGEST_IMAGE))));
    }
}
