//! Where profile images lie: a folder, or a bucket of an S3-compatible store.

use std::any::Any;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use command_side::ports::{Images, Picture};
use domain::UserId;
use domain::user::{ImageFormat, ImageName, ImageSize};
use futures::future::join_all;
use futures::stream::TryStreamExt as _;
use infra::adapters::images::ObjectImages;
use query_side::ports::Images as _;
use uuid::Uuid;

/// An empty store as two processes have it.
pub(super) struct Stores {
    one: Arc<ObjectImages>,
    other: Arc<ObjectImages>,
    _kept: Box<dyn Any + Send + Sync>,
}

suite!(Stores:
    what_is_kept_is_found_in_every_size_by_every_process,
    what_is_not_there_is_not_found,
    the_same_again_changes_nothing,
    every_image_is_listed_and_those_of_one_person_come_together,
    what_is_removed_is_gone_and_nothing_else_is,
    what_is_removed_can_be_kept_again,
);

impl Stores {
    fn at(place: &str, folder: &Path, kept: impl Any + Send + Sync) -> Self {
        let open = || Arc::new(ObjectImages::at(place, folder).expect("a place"));
        Self { one: open(), other: open(), _kept: Box::new(kept) }
    }

    async fn keep(&self, name: &ImageName) -> Picture {
        let picture = picture(name);
        self.one.keep(name, &picture).await.expect("kept");
        picture
    }

    async fn found(&self, name: &ImageName) -> [Option<Bytes>; 3] {
        let found = join_all(ImageSize::ALL.map(async |size| self.other.find(name, size).await.expect("an answer")));
        found.await.try_into().expect("three sizes")
    }

    async fn names(&self) -> Vec<ImageName> {
        self.other.all().try_collect().await.expect("listed")
    }
}

fn image(user: u128, digest: u128) -> ImageName {
    ImageName { user: UserId(Uuid::from_u128(user)), made_at: 7, digest, format: ImageFormat::Webp }
}

fn picture(name: &ImageName) -> Picture {
    let sizes = ImageSize::ALL.map(|size| Bytes::from(format!("{name} in {}", size.pixels())));
    Picture { format: name.format, sizes }
}

async fn what_is_kept_is_found_in_every_size_by_every_process(stores: Stores) {
    let picture = stores.keep(&image(1, 1)).await;
    assert_eq!(stores.found(&image(1, 1)).await, picture.sizes.map(Some));
}

async fn what_is_not_there_is_not_found(stores: Stores) {
    assert_eq!(stores.found(&image(1, 1)).await, [None, None, None]);
    assert_eq!(stores.names().await, []);
    stores.keep(&image(1, 1)).await;
    assert_eq!(stores.found(&image(1, 2)).await, [None, None, None]);
    assert_eq!(stores.found(&image(2, 1)).await, [None, None, None]);
}

async fn the_same_again_changes_nothing(stores: Stores) {
    let picture = stores.keep(&image(1, 1)).await;
    let name = image(1, 1);
    join_all((0..5).map(|_| stores.keep(&name))).await;
    assert_eq!(stores.found(&image(1, 1)).await, picture.sizes.map(Some));
}

async fn every_image_is_listed_and_those_of_one_person_come_together(stores: Stores) {
    // More files than a page of S3 has.
    let all: Vec<_> = (0..350).map(|n| image(n % 100, n)).collect();
    for some in all.chunks(25) {
        join_all(some.iter().map(|name| stores.keep(name))).await;
    }
    let names = stores.names().await;
    assert_eq!(names.iter().collect::<BTreeSet<_>>(), all.iter().collect());
    let mut people: Vec<_> = names.iter().map(|name| name.user).collect();
    people.dedup();
    assert_eq!(people.len(), 100, "each once");
}

async fn what_is_removed_is_gone_and_nothing_else_is(stores: Stores) {
    stores.keep(&image(1, 1)).await;
    let stays = [stores.keep(&image(1, 2)).await, stores.keep(&image(2, 1)).await];
    for _ in 0..2 {
        stores.one.remove(&image(1, 1)).await.expect("removed");
        assert_eq!(stores.found(&image(1, 1)).await, [None, None, None]);
    }
    assert_eq!(
        [stores.found(&image(1, 2)).await, stores.found(&image(2, 1)).await],
        stays.map(|stays| stays.sizes.map(Some))
    );
    let left: BTreeSet<_> = stores.names().await.into_iter().collect();
    assert_eq!(left, BTreeSet::from([image(1, 2), image(2, 1)]));
}

async fn what_is_removed_can_be_kept_again(stores: Stores) {
    for _ in 0..3 {
        let picture = stores.keep(&image(1, 1)).await;
        assert_eq!(stores.found(&image(1, 1)).await, picture.sizes.map(Some));
        stores.one.remove(&image(1, 1)).await.expect("removed");
    }
}

#[tokio::test]
async fn images_in_a_folder() {
    suite(async || {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_path_buf();
        Stores::at("folder", &path, folder)
    })
    .await;
}

#[tokio::test]
async fn a_folder_is_nobody_elses_and_keeps_nothing_of_who_has_no_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = format!("file://{}/deep/images", folder.path().display());
    let images = ObjectImages::at(&place, Path::new("/nowhere")).expect("a place");
    let (name, of_ann) = (image(1, 1), folder.path().join("deep/images").join(image(1, 1).user.0.simple().to_string()));
    images.keep(&name, &picture(&name)).await.expect("kept");
    let mode = folder.path().join("deep/images").metadata().expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // What a process leaves that is killed while it writes, and what others put there, is no image.
    std::fs::write(of_ann.join(format!("{name}#1")), "half").expect("written");
    std::fs::write(folder.path().join("deep/images/notes.txt"), "mine").expect("written");
    assert_eq!(images.all().try_collect::<BTreeSet<_>>().await.expect("listed"), BTreeSet::from([name]));
    std::fs::remove_file(of_ann.join(format!("{name}#1"))).expect("removed");
    images.remove(&name).await.expect("removed");
    assert!(!of_ann.exists());
}

#[tokio::test]
async fn images_on_s3() {
    let Some(url) = world::server("TEST_S3") else {
        return world::skipped("TEST_S3 is not set: eval \"$(infra/dev/stack test-env)\"");
    };
    suite(async || {
        let prefix = format!("/test-{}?", Uuid::new_v4().simple());
        Stores::at(&url.replacen('?', &prefix, 1), Path::new("/nowhere"), ())
    })
    .await;
}

#[tokio::test]
async fn a_store_that_is_away_is_said_to_be_so_before_a_client_gives_up() {
    let place = "s3://chat?endpoint=http://127.0.0.1:1&region=x&access_key_id=a&secret_access_key=b";
    let images = ObjectImages::at(place, Path::new("/nowhere")).expect("a place");
    let begun = Instant::now();
    images.check().await.expect_err("away");
    images.find(&image(1, 1), ImageSize::Full).await.expect_err("away");
    images.keep(&image(1, 1), &picture(&image(1, 1))).await.expect_err("away");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
