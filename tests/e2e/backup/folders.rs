//! Folders that are not as one would have them: volumes, full ones, half restored ones.

use std::fs;
use std::path::Path;
use std::process::Command;

use world::{Outcome, World};

use super::{files, has_folder, restored, scratch, small, text};

#[tokio::test]
async fn a_volume_that_holds_nothing_but_lost_and_found_is_empty() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let volume = |name: &str| {
        let found = folder.path().join(name).join("lost+found");
        fs::create_dir_all(&found).expect("a folder");
        fs::write(found.join("#1"), "of the file system").expect("written");
    };
    volume("backup");
    volume("data");
    let images = world.data().join("images/lost+found");
    fs::create_dir_all(&images).expect("a folder");
    fs::write(images.join("1"), "of the file system").expect("written");
    let backup = small(&world, folder.path()).await;
    let copied = files(&backup.join("images"));
    assert!(copied.len() == 4 && !copied.iter().any(|path| text(path).contains("lost+found")), "{copied:?}");
    restored(&backup, &folder.path().join("data")).succeeded();
}

#[tokio::test]
async fn half_of_a_restore_is_not_backed_up() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    small(&world, folder.path()).await;
    assert_eq!(world.stop().await, 0);
    fs::write(world.data().join("restoring"), "").expect("written");
    let to = folder.path().join("half");
    let refused = world.run(["backup", text(&to)]).await;
    assert!(refused.code == 1 && refused.stderr.contains("half of a restore"), "{refused:?}");
    assert!(!to.exists());
}

/// A backup where no file becomes longer than so many blocks of 512 bytes.
fn cramped(world: &World, to: &Path, blocks: u32) -> Outcome {
    let program = world.command(&["backup", text(to)]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    command.arg(program.get_program()).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().expect("it ends").into()
}

#[tokio::test]
async fn a_backup_that_can_not_be_written_says_where() {
    if !has_folder() {
        return;
    }
    let (world, folder) = (World::start().await, scratch());
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let room = ann.direct(&bob).await;
    ann.send_all(&room, (0..300).map(|n| format!("{n}"))).await;
    let picture = Path::new("images/00000000000000000000000000000000/1.jpg");
    fs::create_dir_all(world.data().join(picture).parent().expect("a folder")).expect("a folder");
    fs::write(world.data().join(picture), vec![7; 6_000_000]).expect("written");
    for (blocks, file) in [(200, Path::new("events/events.db")), (8_000, picture)] {
        let to = folder.path().join(blocks.to_string());
        let refused = cramped(&world, &to, blocks);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains(text(&to.join(file))), "{refused:?}");
        assert!(!refused.stderr.contains(text(&world.data())), "the source is as it should be: {refused:?}");
    }
}
