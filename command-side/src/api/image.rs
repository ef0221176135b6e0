//! `/api/profile/image`: the caller's picture.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::UserId;
use domain::user::{ChangeImage, ImageName, UserCommand};
use parking_lot::Mutex;
use tokio::sync::Notify;
use utoipa::ToSchema;

use super::asker::{Act, Asker};
use super::fresh::now;
use super::upload::Upload;
use super::views::UserView;
use super::{Commands, Error};
use crate::dispatch::Outcome;
use crate::ports::{Picture, Unfit};

const PUT: Act = Act("change_image", StatusCode::OK);
const DELETE: Act = Act("remove_image", StatusCode::NO_CONTENT);

/// How long whoever has sent two already is told to wait.
const SITTING: Duration = Duration::from_secs(1);

/// Whose pictures are being made, one at a time for each person, while one more waits: nobody fills the line for all others.
#[derive(Default)]
pub struct Sitters {
    waiting: Mutex<HashSet<UserId>>,
    sitting: Mutex<HashSet<UserId>>,
    stood_up: Notify,
}

/// A person's place in one of the two.
struct Place<'a> {
    of: &'a Mutex<HashSet<UserId>>,
    user: UserId,
    left: &'a Notify,
}

impl Sitters {
    /// Waits while one of theirs is being made, as after a second press of the button; none while another waits.
    async fn sit(&self, user: UserId) -> Option<Place<'_>> {
        let _waiting = self.take(&self.waiting, user)?;
        loop {
            let stood_up = self.stood_up.notified();
            if let Some(sitting) = self.take(&self.sitting, user) {
                return Some(sitting);
            }
            stood_up.await;
        }
    }

    fn take<'a>(&'a self, of: &'a Mutex<HashSet<UserId>>, user: UserId) -> Option<Place<'a>> {
        of.lock().insert(user).then(|| Place { of, user, left: &self.stood_up })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.of.lock().remove(&self.user);
        self.left.notify_waiters();
    }
}

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read part by part: this is what the document says of it")]
struct ImageForm {
    /// PNG, JPEG or WebP by its content, up to 5 MiB and 4096×4096 pixels; of an animated one the first frame counts.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
}

/// Gives the caller another picture. Nothing of the file is kept but what it shows, in up to 1024, 256 and 64 pixels.
#[utoipa::path(put, path = "/api/profile/image", tag = "user", operation_id = "change_image",
    request_body(content = ImageForm, content_type = "multipart/form-data"), security(("bearer" = [])),
    responses((status = 200, body = UserView), (status = 401), (status = 413, description = "BODY_TOO_LARGE"),
        (status = 415, description = "UNSUPPORTED_MEDIA_TYPE: no form, or no such image"),
        (status = 422, description = "INVALID: the image is missing or there are two, it has too many pixels, or it is damaged"),
        (status = 429, description = "RATE_LIMITED: one of the caller's is being worked on, and one waits"),
        (status = 503, description = "UNAVAILABLE: too many images are waiting")))]
pub(super) async fn put(
    State(commands): State<Arc<Commands>>,
    Upload { asker, image }: Upload,
) -> Result<Response, Error> {
    // What was kept for it the first time may have been given up since.
    let outcome = commands.once(&asker, commands.change_image(&asker, image)).await?;
    commands.answer_with_profile(asker.user(), PUT, outcome).await
}

/// Takes the caller's picture away; soon nobody can load it any more.
#[utoipa::path(delete, path = "/api/profile/image", tag = "user", operation_id = "remove_image",
    security(("bearer" = [])), responses((status = 204), (status = 401)))]
pub(super) async fn delete(State(commands): State<Arc<Commands>>, asker: Asker) -> Result<Response, Error> {
    let outcome = commands.take_image(&asker, DELETE, None).await?;
    commands.done(asker.user(), DELETE, outcome).await
}

impl Commands {
    async fn change_image(&self, asker: &Asker, upload: Bytes) -> Result<Outcome, Error> {
        let _sitting = self.sitters.sit(asker.user()).await.ok_or(Error::TooOften(SITTING))?;
        let picture = self.pictures.read(upload).await?;
        let name = self.name_of(asker.user(), &picture);
        // Before the event that names it: what is acknowledged can be seen. If no event comes of it, it is swept.
        self.images.keep(&name, &picture).await?;
        self.take_image(asker, PUT, Some(name)).await
    }

    async fn take_image(&self, asker: &Asker, act: Act, image: Option<ImageName>) -> Result<Outcome, Error> {
        let user = asker.user();
        let command = UserCommand::ChangeImage(ChangeImage { user, image });
        Ok(self.users.send(asker.order(act, user.0, command)).await?)
    }

    /// Of the content and the user, so that nobody loses their picture with another's; under a key, so that nobody guesses it.
    fn name_of(&self, user: UserId, picture: &Picture) -> ImageName {
        let sizes = picture.sizes.iter().flat_map(|size| self.digests.digest("image size", size));
        let whole: Vec<u8> = user.0.into_bytes().into_iter().chain(sizes).collect();
        let digest = self.digests.digest("image", &whole);
        let half = std::array::from_fn(|index| digest[index]);
        let made_at = u32::try_from(now().0 / 1000).unwrap_or(u32::MAX);
        ImageName { user, made_at, digest: u128::from_be_bytes(half), format: picture.format }
    }
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        let detail = unfit.to_string();
        match unfit {
            Unfit::NoImage => Self::UnsupportedMediaType("a form with a PNG, JPEG or WebP as image"),
            Unfit::TooManyPixels(_) => Self::field("image", "TOO_MANY_PIXELS", detail),
            Unfit::Damaged => Self::field("image", "DAMAGED", detail),
            Unfit::Unavailable(away) => away.into(),
        }
    }
}
