//! Profile images.

mod kept;

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use world::{Call, Caller, Reply, Shared, World, eventually};

static HOUSE: Shared = Shared::new();
const PATH: &str = "/api/profile/image";

/// A picture of one colour.
fn png(red: u8) -> Vec<u8> {
    let mut out = Cursor::new(vec![]);
    RgbImage::from_pixel(300, 200, Rgb([red, 80, 160])).write_to(&mut out, ImageFormat::Png).expect("written");
    out.into_inner()
}

fn form(image: Vec<u8>, file: &str) -> Form {
    Form::new().text("caption", "me").part("image", Part::bytes(image).file_name(file.to_owned()))
}

fn put(who: &Caller, image: Vec<u8>) -> Call {
    who.call(Method::PUT, PATH).parts(form(image, "me.gif"))
}

/// Somebody shows a picture of themselves.
pub(super) fn portrait(who: &Caller) -> Call {
    put(who, png(7))
}

async fn shown(who: &Caller) -> Reply {
    who.get("/api/profile").await.is(200)
}

/// What lies at a URL for somebody without a token.
async fn seen(world: &World, url: &str) -> u16 {
    world.anyone().get(url).await.status
}

#[tokio::test]
async fn a_picture_is_shown_to_everybody_in_three_sizes() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let changed = put(&ann, png(200)).await.is(200);
    changed.position();
    let url = changed.str("image_url").to_owned();
    assert!(url.starts_with("/api/users/images/") && url.ends_with(".jpg"), "{url}");
    let user = format!("/api/users/{}", ann.id);
    assert_eq!(bob.get(&user).after(&changed).await.is(200).str("image_url"), url);
    assert_eq!(shown(&ann).await.str("image_url"), url);
    for (query, size) in [("?size=64", (64, 43)), ("?size=256", (256, 171)), ("", (300, 200))] {
        let led = bob.get(&format!("{user}/image{query}")).after(&changed).await.is(302);
        let image = world.anyone().get(led.header("location").expect("a place")).await.is(200);
        let decoded = image::load_from_memory(&image.bytes).expect("an image");
        assert_eq!((decoded.width(), decoded.height()), size, "{query}");
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'"),
        ] {
            assert_eq!(image.header(name), Some(value), "{query}");
        }
    }
}

#[tokio::test]
async fn what_a_client_has_it_need_not_load_again() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let url = put(&ann, png(1)).await.is(200).str("image_url").to_owned();
    let image = world.anyone().get(&url).await.is(200);
    let tag = image.header("etag").expect("a tag").to_owned();
    let again = world.anyone().get(&url).header("If-None-Match", &tag).await.is(304);
    assert!(again.bytes.is_empty() && again.header("etag") == Some(&tag));
    let head = world.anyone().call(Method::HEAD, &url).await.is(200);
    assert_eq!(head.header("content-length"), Some(image.bytes.len().to_string().as_str()));
    let part = world.anyone().get(&url).header("Range", "bytes=2-5").await.is(206);
    assert_eq!(part.bytes, image.bytes[2..=5]);
}

#[tokio::test]
async fn what_is_transparent_stays_so() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let faint = RgbaImage::from_pixel(80, 80, Rgba([200, 0, 0, 100]));
    let mut out = Cursor::new(vec![]);
    faint.write_to(&mut out, ImageFormat::WebP).expect("written");
    let url = put(&ann, out.into_inner()).await.is(200).str("image_url").to_owned();
    let image = world.anyone().get(&url).await.is(200);
    assert_eq!(image.header("content-type"), Some("image/webp"));
    assert_eq!(image::load_from_memory(&image.bytes).expect("an image").into_rgba8(), faint);
}

#[tokio::test]
async fn who_takes_their_picture_away_has_none() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    ann.get(&format!("/api/users/{}/image", ann.id)).await.refused(404);
    put(&ann, png(2)).await.is(200);
    let removed = ann.delete(PATH).await.is(204);
    assert!(ann.get("/api/profile").after(&removed).await.is(200)["image_url"].is_null());
    let none = ann.get(&format!("/api/users/{}/image", ann.id)).await.refused(404);
    assert_eq!(none.code(), "IMAGE_NOT_FOUND");
    ann.delete(PATH).await.is(204);
}

#[tokio::test]
async fn the_content_counts_and_not_the_name() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    for (bytes, status) in [(page, 415), (b"GIF89a".to_vec(), 415), (png(3)[..40].to_vec(), 422), (vec![], 415)] {
        let form =
            Form::new().part("image", Part::bytes(bytes).file_name("me.png").mime_str("image/png").expect("a type"));
        ann.call(Method::PUT, PATH).parts(form).await.refused(status);
    }
    let mut wide = Cursor::new(vec![]);
    RgbImage::new(4097, 1).write_to(&mut wide, ImageFormat::Png).expect("written");
    put(&ann, wide.into_inner()).await.refused(422).names_field("image");
    assert!(shown(&ann).await["image_url"].is_null());
}

#[tokio::test]
async fn what_is_no_upload_is_refused() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    put(&ann.without_token(), png(4)).await.refused(401);
    ann.put(PATH, json!({ "image": "data:" })).await.refused(415);
    ann.call(Method::PUT, PATH).raw("image/png", png(4)).await.refused(415);
    ann.call(Method::PUT, PATH).raw("multipart/form-data", "x").await.refused(422);
    ann.call(Method::PUT, PATH).raw("multipart/form-data; boundary=x", "--x\r\n").await.refused(422);
    ann.call(Method::PUT, PATH).parts(Form::new().text("picture", "x")).await.refused(422).names_field("image");
    for size in [5 * 1024 * 1024 + 1, 6 * 1024 * 1024] {
        put(&ann, vec![0; size]).await.refused(413);
    }
    // Within the limit it is looked at.
    put(&ann, vec![0; 5 * 1024 * 1024]).await.refused(415);
    ann.post("/api/messages", json!({ "content": "x".repeat(2 * 1024 * 1024) })).await.refused(413);
    ann.get(&format!("/api/users/{}/image?size=63", ann.id)).await.refused(422).names_field("size");
}

#[tokio::test]
async fn names_lead_to_images_and_to_nothing_else() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let url = put(&ann, png(5)).await.is(200).str("image_url").to_owned();
    let name = url.rsplit('/').next().expect("a name");
    let other = name.replace(".jpg", "");
    let another = if other.ends_with('0') { '1' } else { '0' };
    for path in [
        "..%2f..%2fsecrets%2fdigest.key".to_owned(),
        format!("..%2f{name}"),
        format!("{}%2f{name}", ann.id.replace('-', "")),
        name.to_uppercase(),
        format!("{other}-1024.jpg"),
        format!("{other}.webp"),
        format!("{other}.jpg%00"),
        format!("{}{another}.jpg", &other[..other.len() - 1]),
        "image".to_owned(),
        "%ff".to_owned(),
    ] {
        world.anyone().get(&format!("/api/users/images/{path}")).await.refused(404);
    }
    assert_eq!(seen(&world, &url).await, 200);
}

#[tokio::test]
async fn the_same_key_is_the_same_image_however_it_is_packed() {
    let world = HOUSE.world().await;
    let ann = world.person("ann").await;
    let send = |image, file: &str| ann.call(Method::PUT, PATH).parts(form(image, file)).with_key("image-1");
    let first = send(png(6), "one.png").await.is(200);
    put(&ann, png(7)).await.is(200);
    let again = send(png(6), "two.jpg").await.is(200);
    assert_eq!((again.str("image_url"), again.position()), (first.str("image_url"), first.position()));
    assert_ne!(shown(&ann).await.str("image_url"), first.str("image_url"), "it is not carried out twice");
    assert_eq!(send(png(8), "one.png").await.refused(422).code(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn the_same_picture_again_changes_nothing_and_anothers_is_anothers() {
    let world = HOUSE.world().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let first = put(&ann, png(9)).await.is(200);
    let again = put(&ann, png(9)).await.is(200);
    assert_eq!((again.str("image_url"), again.position()), (first.str("image_url"), first.position()));
    let bobs = put(&bob, png(9)).await.is(200);
    let digest = |reply: &Reply| reply.str("image_url").rsplit('-').next().map(str::to_owned);
    assert_ne!(digest(&first), digest(&bobs), "nobody can tell that they are the same");
}

#[tokio::test]
async fn images_are_part_of_what_is_folded_and_stand_sealed_in_the_log() {
    let world = World::start().await;
    let ann = world.person("ann").await;
    let url = put(&ann, png(1)).await.is(200).str("image_url").to_owned();
    world.run(["rebuild", "directory"]).await.succeeded();
    world.run(["verify", "directory"]).await.succeeded();
    assert_eq!(shown(&ann).await.str("image_url"), url);
    if !world::is_distributed() {
        let digest = url.rsplit('-').next().and_then(|digest| digest.strip_suffix(".jpg")).expect("a digest");
        world.kill();
        for file in ["events.db", "events.db-wal"] {
            let bytes = std::fs::read(world.data().join(file)).unwrap_or_default();
            assert!(!bytes.windows(32).any(|part| part == digest.as_bytes()), "{file}");
        }
    }
}

#[tokio::test]
async fn where_images_lie_can_be_away_and_all_else_goes_on() {
    let nowhere = "s3://chat?endpoint=http://127.0.0.1:1&region=x&access_key_id=a&secret_access_key=b";
    let world = World::options().setting("CHAT_IMAGES", nowhere).begin().await;
    let ready = "it answers, and says what it misses";
    let ready = eventually(ready, async || {
        world.anyone().get("/health/ready").attempt().await.ok()?.text.contains("images").then_some(())
    });
    ready.await;
    let ann = world.person("ann").await;
    let refused = put(&ann, png(1)).await.refused(503);
    assert!(refused.header("retry-after").is_some());
    ann.patch("/api/profile", json!({ "nickname": "Anna" })).await.is(200);
    ann.delete(PATH).await.is(204);
    let image = format!("/api/users/images/{}-00000001-{:032x}.jpg", ann.id.replace('-', ""), 7);
    world.anyone().get(&image).await.refused(503);
}

#[tokio::test]
async fn a_place_for_images_that_has_no_sense_is_refused_by_its_name() {
    let world = World::options().setting("CHAT_IMAGES", "s3://chat?colour=red").begin().await;
    assert_ne!(world.end().await, 0);
    let log = world.log();
    assert!(log.contains("images: there is no parameter colour"), "{log}");
}

fn large() -> Vec<u8> {
    let mut large = Cursor::new(vec![]);
    RgbImage::new(2000, 2000).write_to(&mut large, ImageFormat::Png).expect("written");
    large.into_inner()
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_again() {
    let world = World::start().await;
    let names: Vec<_> = (0..40).map(|n| format!("sitter-{n}")).collect();
    let people = futures::future::join_all(names.iter().map(|name| world.person(name))).await;
    let large = large();
    let all = futures::future::join_all(people.iter().map(|person| put(person, large.clone()).into_future())).await;
    let told: Vec<_> = all.iter().filter(|reply| reply.status == 503).collect();
    assert!(!told.is_empty() && told.iter().all(|reply| reply.header("retry-after").is_some()));
    assert!(all.iter().any(|reply| reply.status == 200));
    assert!(all.iter().all(|reply| [200, 503].contains(&reply.status)));
}

#[tokio::test]
async fn who_presses_the_button_twice_is_not_told_off() {
    let world = World::start().await;
    let ann = world.person("ann").await;
    let large = large();
    let (one, other) = tokio::join!(put(&ann, large.clone()).into_future(), put(&ann, large.clone()).into_future());
    assert_eq!((one.status, other.status), (200, 200), "{}{}", one.story(), other.story());
}

#[tokio::test]
async fn one_person_does_not_fill_the_line_for_others() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let large = large();
    let of_ann = futures::future::join_all((0..30).map(|_| put(&ann, large.clone()).into_future()));
    let (of_ann, of_bob) = tokio::join!(of_ann, put(&bob, large.clone()).into_future());
    assert_eq!(of_bob.status, 200, "{}", of_bob.story());
    assert!(of_ann.iter().any(|reply| reply.status == 200));
    let refused: Vec<_> = of_ann.iter().filter(|reply| reply.status != 200).collect();
    assert!(!refused.is_empty() && refused.iter().all(|reply| reply.body["code"] == "RATE_LIMITED"), "{refused:?}");
}
