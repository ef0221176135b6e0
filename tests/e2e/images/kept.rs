//! Which images are kept, and which are not.

use std::path::PathBuf;
use std::time::Duration;

use world::{Person, World, eventually};

use super::{PATH, png, put, seen, shown};

/// The file of a name, in a folder of images.
fn file(world: &World, name: &str) -> PathBuf {
    world.data().join("images").join(&name[..32]).join(name)
}

/// Where this house keeps images in its own folder.
async fn with_grace() -> World {
    World::options().setting("CHAT_IMAGE_GRACE", "2s").setting("CHAT_IMAGES", "folder").start().await
}

async fn is_gone(world: &World, url: &str) {
    let what = format!("{url} is taken away");
    eventually(&what, async || (seen(world, url).await == 404).then_some(())).await;
}

fn leave(world: &World, who: &Person, made_at: u64) -> String {
    let name = format!("{}-{made_at:08x}-{:032x}.jpg", who.id.replace('-', ""), 7);
    let file = file(world, &name);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, "not named").expect("written");
    format!("/api/users/images/{name}")
}

#[tokio::test]
async fn an_image_that_nobody_has_any_more_is_taken_away_after_a_while_and_no_other() {
    let world = with_grace().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let url = async |who: &Person, red| put(who, png(red)).await.is(200).str("image_url").to_owned();
    let (old, removed, kept) = (url(&ann, 1).await, url(&bob, 1).await, url(&cid, 1).await);
    let new = url(&ann, 2).await;
    bob.delete(PATH).await.is(204);
    // As a process leaves it that dies between keeping an image and recording it, long ago and just now.
    let (orphan, fresh) = (leave(&world, &cid, 1_000), leave(&world, &cid, u64::from(u32::MAX)));
    assert_eq!([seen(&world, &old).await, seen(&world, &removed).await], [200, 200], "answers on their way lead there");
    world.kill();
    world.restart().await;
    for url in [&old, &removed, &orphan] {
        is_gone(&world, url).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!([seen(&world, &new).await, seen(&world, &kept).await, seen(&world, &fresh).await], [200, 200, 200]);
    assert!(!file(&world, removed.rsplit('/').next().expect("a name")).parent().expect("a folder").exists());
}

#[tokio::test]
async fn an_image_is_seen_again_when_it_is_chosen_again_although_it_was_taken_away() {
    let world = with_grace().await;
    let ann = world.person("ann").await;
    let first = put(&ann, png(1)).await.is(200).str("image_url").to_owned();
    put(&ann, png(2)).await.is(200);
    is_gone(&world, &first).await;
    let again = put(&ann, png(1)).await.is(200).str("image_url").to_owned();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!((seen(&world, &again).await, shown(&ann).await.str("image_url")), (200, again.as_str()));
}

#[tokio::test]
async fn what_was_acknowledged_is_seen_after_a_kill_in_the_middle() {
    let world = World::start().await;
    let names: Vec<_> = (0..12).map(|n| format!("sitter-{n}")).collect();
    let mut people = futures::future::join_all(names.iter().map(|name| world.person(name))).await;
    for round in 0..3_u8 {
        let sending = (round * 12..).zip(&people);
        let sending = sending.map(|(red, person)| put(person, png(red)).within(Duration::from_secs(5)).attempt());
        let mut sending: Vec<_> = sending.map(tokio::spawn).collect();
        let first = (&mut sending[0]).await.expect("no panic").expect("an answer").is(200);
        world.kill();
        let mut acknowledged = vec![first.str("image_url").to_owned()];
        for sent in sending.drain(1..) {
            if let Ok(reply) = sent.await.expect("no panic") {
                acknowledged.push(reply.is(200).str("image_url").to_owned());
            }
        }
        world.restart().await;
        people = people.iter().map(Person::reconnected).collect();
        for person in &people {
            acknowledged.extend(shown(person).await.body["image_url"].as_str().map(str::to_owned));
        }
        for url in acknowledged {
            assert_eq!(seen(&world, &url).await, 200, "{url}");
        }
    }
}
