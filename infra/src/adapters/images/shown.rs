//! Which images the directory shows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use command_side::api::views::image_of;
use command_side::ports::{Shown, Unavailable};
use domain::UserId;
use domain::user::ImageName;
use query_side::Positions;
use query_side::ports::ReadModels;

/// Looks into the directory as it is.
pub struct ShownImages(pub Arc<dyn ReadModels>);

#[async_trait]
impl Shown for ShownImages {
    async fn images(&self, users: &[UserId]) -> Result<HashMap<UserId, ImageName>, Unavailable> {
        let directory = self.0.directory(&Positions::default(), Duration::ZERO).await?;
        let found = directory.model.by_ids(users).await?;
        let named = found.into_iter().filter_map(|user| Some((user.id, image_of(user.image_url.as_deref()?)?)));
        Ok(named.collect())
    }
}
