//! Profile images: where somebody's lies, and the images themselves, for whoever knows their names.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use command_side::api::views::sized_image_url;
use command_side::api::{Error, Id, Params};
use domain::UserId;
use domain::user::{ImageName, ImageSize, UserError};
use serde::Deserialize;
use utoipa::IntoParams;

use super::kept::Kept;
use crate::freshness::Inquiry;
use crate::ports::Images;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Pixels of the longer side: 64 or 256; if left out, up to 1024.
    size: Option<String>,
}

/// Leads to somebody's image.
#[utoipa::path(get, path = "/api/users/{id}/image", tag = "user", operation_id = "user_image",
    params(("id" = String, Path), Wanted), security(("bearer" = [])),
    responses((status = 302, description = "To the image", headers(("Location" = String))), (status = 401),
        (status = 404, description = "USER_NOT_FOUND, IMAGE_NOT_FOUND"), (status = 422)))]
pub(super) async fn of_user(
    inquiry: Inquiry,
    Id(id): Id<UserId>,
    Params(wanted): Params<Wanted>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1]), Error> {
    let size = size(wanted.size.as_deref())?;
    let found = match id {
        Some(id) => inquiry.directory().await?.by_ids(&[id]).await?,
        None => vec![],
    };
    let user = found.into_iter().next().ok_or(UserError::Unknown)?;
    let url = user.image_url.and_then(|url| sized_image_url(&url, size)).ok_or(UserError::NoImage)?;
    Ok((StatusCode::FOUND, [(header::LOCATION, url)]))
}

/// An image. Its name can not be guessed, and what lies under it never changes.
#[utoipa::path(get, path = "/api/users/images/{name}", tag = "user", operation_id = "image",
    params(("name" = String, Path, description = "As in `image_url`; with `-64` or `-256` before the dot a smaller one"),
        ("If-None-Match" = Option<String>, Header), ("Range" = Option<String>, Header)),
    responses((status = 200, description = "The image", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp")),
            headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 206, description = "Part of it", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))),
        (status = 304), (status = 404, description = "IMAGE_NOT_FOUND")))]
pub(super) async fn image(
    State(images): State<Arc<dyn Images>>,
    path: Result<Path<String>, PathRejection>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let unknown = || Error::from(UserError::NoImage);
    let Path(name) = path.map_err(|_| unknown())?;
    let (name, size) = ImageName::parse(&name).map_err(|_| unknown())?;
    let bytes = images.find(&name, size).await?.ok_or_else(unknown)?;
    Ok(Kept { name, size, bytes }.answer(&asked))
}

fn size(wanted: Option<&str>) -> Result<ImageSize, Error> {
    match wanted {
        None => Ok(ImageSize::Full),
        Some("64") => Ok(ImageSize::Small),
        Some("256") => Ok(ImageSize::Medium),
        Some(_) => Err(Error::field("size", "OUT_OF_RANGE", "size is 64 or 256")),
    }
}
