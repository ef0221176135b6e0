//! The README's conversation, run as it stands.

use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use world::{Outcome, PATIENCE, World};

/// The shell blocks of the README, one after another.
fn blocks() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let mut inside = false;
    let mut script = String::new();
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => script.extend([line, "\n"]),
            _ => {}
        }
    }
    script
}

/// Runs a script in one shell that stops at the first failure.
async fn shell(world: &World, script: &str) -> Outcome {
    let mut shell = Command::new("sh")
        .args(["-eu", "-s"])
        .env("API", format!("http://{}", world.address(8000)))
        .env("no_proxy", "*")
        .current_dir(world.data())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a shell");
    let mut input = shell.stdin.take().expect("piped");
    input.write_all(script.as_bytes()).await.expect("the shell reads");
    drop(input);
    let output = tokio::time::timeout(PATIENCE, shell.wait_with_output()).await.expect("it ends in time");
    output.expect("the shell runs").into()
}

#[tokio::test]
async fn the_readmes_conversation_works_as_it_stands() {
    let world = World::start().await;
    let script = format!("{}\necho\necho \"$ANN $ROOM $GROUP $MESSAGE $REQUEST\"\n", blocks());
    let outcome = shell(&world, &script).await.succeeded();
    assert!(!outcome.stdout.contains("\"instance\""), "something was refused: {}", outcome.stdout);
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
    let last = outcome.stdout.lines().last().expect("the names");
    let [token, room, group, message, request] = last.split(' ').collect::<Vec<_>>()[..] else { panic!("{last}") };
    assert!([group, message, request].iter().all(|id| !id.is_empty()));

    let room = world.anyone().with_token(token).get(&format!("/api/messages?room_id={room}")).await.is(200);
    let [lunch, noon] = room.list("messages") else { panic!("{}", room.story()) };
    assert_eq!((&lunch["id"], &lunch["is_deleted"]), (&message.into(), &true.into()));
    assert_eq!(noon["content"], "at noon");
}
