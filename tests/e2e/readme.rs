//! What the documents tell to type, run as it stands: the README's conversation and the session of the API guide.

use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use world::{Outcome, PATIENCE, World};

/// The shell blocks of a document, one after another.
fn blocks(document: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = std::fs::read_to_string(path).expect("the document");
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

/// Runs the blocks of a document, of which nothing may be refused; gives what they printed, and the values of the variables it is asked for.
async fn walk<const N: usize>(world: &World, document: &str, names: [&str; N]) -> (String, [String; N]) {
    let asked = names.map(|name| format!("${name}")).join(" ");
    let script = format!("{}\necho\necho \"{asked}\"\n", blocks(document));
    let outcome = shell(world, &script).await.succeeded();
    assert!(!outcome.stdout.contains("\"instance\""), "something was refused: {}", outcome.stdout);
    assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
    let last = outcome.stdout.lines().last().expect("the names").to_owned();
    let values: Vec<String> = last.split(' ').map(str::to_owned).collect();
    assert!(values.iter().all(|value| !value.is_empty()), "{last}");
    (outcome.stdout, values.try_into().unwrap_or_else(|_| panic!("{last}")))
}

#[tokio::test]
async fn the_readmes_conversation_works_as_it_stands() {
    let world = World::start().await;
    let names = ["ANN", "ROOM", "GROUP", "MESSAGE", "REQUEST"];
    let (_, [token, room, _, message, _]) = walk(&world, "README.md", names).await;

    let room = world.anyone().with_token(&token).get(&format!("/api/messages?room_id={room}")).await.is(200);
    let [lunch, noon] = room.list("messages") else { panic!("{}", room.story()) };
    assert_eq!((&lunch["id"], &lunch["is_deleted"]), (&message.into(), &true.into()));
    assert_eq!(noon["content"], "at noon");
}

#[tokio::test]
async fn the_session_of_the_api_guide_works_as_it_stands() {
    let world = World::start().await;
    let names = ["DORA", "OTTO", "ROOM", "VERSION", "POSITION", "CURSOR"];
    let (printed, [dora, otto, room, ..]) = walk(&world, "docs/api.md", names).await;

    assert!(printed.contains("409\n"), "asking twice was not refused: {printed}");
    let page = world.anyone().with_token(&dora).get(&format!("/api/messages?room_id={room}")).await.is(200);
    let said: Vec<_> = page.list("messages").iter().map(|message| message["content"].as_str()).collect();
    assert_eq!(said, [Some("ahoy"), Some("are you there?"), Some("we sail at noon")]);
    let unread = world.anyone().with_token(&otto).get(&format!("/api/messages/room/{room}/unread-count")).await.is(200);
    assert_eq!(unread.u64("unread_count"), 0);
    assert_eq!(printed.matches("\nevent: new_message").count(), 2, "{printed}");
}
