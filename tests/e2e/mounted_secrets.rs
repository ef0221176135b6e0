//! Secrets that are mounted to be read only, as orchestrators mount them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use world::World;

const KEYS: [&str; 3] = ["digest.key", "refresh.key", "token.key"];

/// Runs the binary where the folder can only be read; none, said aloud, where this user may not mount.
fn on_a_mount(program: &Command, folder: &Path) -> Option<Output> {
    let mount = r#"mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@""#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", mount]).arg(folder).arg("timeout").arg("6");
    command.arg(program.get_program()).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare:") || said.contains("mount:") {
        world::skipped(&format!("nothing can be mounted here: {said}"));
        return None;
    }
    Some(output)
}

/// Starts a process with keys of this mode; what it said.
async fn start(mode: u32) -> Option<String> {
    let world = World::start().await;
    world.stop().await;
    let keys = world.data().join("secrets");
    KEYS.into_iter().for_each(|key| fs::set_permissions(keys.join(key), Permissions::from_mode(mode)).expect("set"));
    fs::set_permissions(&keys, Permissions::from_mode(0o755)).expect("set");
    let port: u16 = world.address(8000).rsplit(':').next().expect("a port").parse().expect("a number");
    let offset = (port - 8000).to_string();
    let program = world.command(&["serve", "--listen", "operations", "--port-offset", &offset]);
    let output = tokio::task::spawn_blocking(move || on_a_mount(&program, &keys)).await.expect("it is waited for")?;
    // `timeout` ended what served.
    Some(format!("{:?} {}", output.status.code(), String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn keys_that_nobody_but_a_group_can_read_are_taken_as_they_are() {
    for mode in [0o400, 0o440] {
        let Some(said) = start(mode).await else { return };
        assert!(said.starts_with("Some(124)") && said.contains("serving"), "{mode:o}: {said}");
    }
}

#[tokio::test]
async fn keys_that_everybody_can_read_are_refused_and_named() {
    let Some(said) = start(0o444).await else { return };
    assert!(said.starts_with("Some(1)") && said.contains("/secrets/digest.key"), "{said}");
    assert!(said.contains("mode 0444") && said.contains("0400"), "{said}");
}
