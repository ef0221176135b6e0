//! Manifests that say something else than what was written.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use world::World;

use super::{has_folder, restored, scratch, small, text};

/// What is done to the manifest of a part.
type Change = (&'static str, &'static str, fn(&mut Value));

const CHANGES: [Change; 11] = [
    ("no file of the events", "events", |manifest| manifest["files"] = json!([])),
    ("no file of the keys", "keys", |manifest| manifest["files"] = json!([])),
    ("no image", "images", |manifest| manifest["files"] = json!([])),
    ("one file less", "keys", |manifest| drop(manifest["files"].as_array_mut().expect("files").remove(1))),
    ("no end of the log", "events", |manifest| manifest["log"] = Value::Null),
    ("another end of the log", "events", |manifest| manifest["log"]["position"] = json!(1)),
    ("another word for it", "events", |manifest| {
        let log = manifest["log"].take();
        manifest["mog"] = log;
    }),
    ("format 0", "events", |manifest| manifest["format"] = json!(0)),
    ("format 1", "events", |manifest| manifest["format"] = json!(1)),
    ("another schema", "keys", |manifest| manifest["schema"] = json!(99)),
    ("no hash of its own", "events", |manifest| drop(manifest.as_object_mut().expect("one").remove("sha256"))),
];

fn change(manifest: &Path, how: fn(&mut Value)) -> Vec<u8> {
    let whole = fs::read(manifest).expect("a manifest");
    let mut changed = serde_json::from_slice(&whole).expect("JSON");
    how(&mut changed);
    fs::write(manifest, changed.to_string()).expect("written");
    whole
}

#[tokio::test]
async fn a_manifest_that_was_changed_is_refused_by_name_and_nothing_is_written() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let backup = small(&world, folder.path()).await;
    let data = folder.path().join("data");
    for (what, part, how) in CHANGES {
        let manifest = backup.join(part).join("manifest.json");
        let whole = change(&manifest, how);
        let refused = restored(&backup, &data);
        assert!(refused.code == 1 && refused.stderr.contains(text(&manifest)), "{what}: {refused:?}");
        assert!(!data.exists(), "{what}");
        fs::write(&manifest, whole).expect("written");
    }
    // It is what it says that counts, not how it is laid out.
    change(&backup.join("events/manifest.json"), |_| {});
    restored(&backup, &data).succeeded();
}
