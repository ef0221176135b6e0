//! Settings: flags over environment over file, and bad ones named.

use std::process::Command;
use world::Outcome;

fn chat() -> Command {
    let mut command = Command::new(world::binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHAT_") {
            command.env_remove(name);
        }
    }
    command
}

fn run(command: &mut Command) -> Outcome {
    command.output().expect("the binary runs").into()
}

#[test]
fn a_bad_value_names_itself_and_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let cases = [
        ("CHAT_PORT_OFFSET", "many"),
        ("CHAT_PORT_OFFSET", "70000"),
        ("CHAT_PORT_OFFSET", "-1"),
        ("CHAT_HOST", "not a host"),
        ("CHAT_RATE_LIMITS", "perhaps"),
        ("CHAT_LOG", "=%=loud"),
    ];
    for (name, value) in cases {
        let outcome = run(chat().env("CHAT_DATA", &data).env(name, value));
        assert_eq!(outcome.code, 2, "{name}={value}: {outcome:?}");
        assert!(outcome.stderr.contains(value), "{name}={value}: {outcome:?}");
        assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
    }
}

#[test]
fn a_bad_flag_or_command_ends_with_2() {
    for arguments in [["--port-offset", "many"], ["--port-offset", "-1"], ["--no-such", "flag"], ["no-such", "command"]]
    {
        let outcome = run(chat().args(arguments));
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(arguments.iter().any(|word| outcome.stderr.contains(word)), "{outcome:?}");
    }
}

#[test]
fn a_bad_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chat.toml");
    for text in ["port_offset = \"many\"", "no_such_setting = 7", "not toml at all ["] {
        std::fs::write(&file, text).expect("a file");
        let outcome = run(chat().args(["--config", file.to_str().expect("a path"), "config", "show"]));
        assert_eq!(outcome.code, 2, "{text}: {outcome:?}");
        assert!(outcome.stderr.contains("chat.toml"), "{outcome:?}");
    }
    let outcome = run(chat().args(["--config", "/no/such/file.toml", "config", "show"]));
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("/no/such/file.toml"), "{outcome:?}");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chat.toml");
    std::fs::write(&file, "host = \"127.0.0.7\"\nport_offset = 1110\ndata = \"/tmp/from-file\"\n").expect("a file");
    let path = file.to_str().expect("a path");
    let shown = |command: &mut Command| run(command.args(["--config", path, "config", "show"])).succeeded().stdout;

    let file_only = shown(&mut chat());
    assert!(["127.0.0.7", "1110", "/tmp/from-file"].iter().all(|value| file_only.contains(value)), "{file_only}");
    let env = shown(chat().env("CHAT_HOST", "127.0.0.8").env("CHAT_PORT_OFFSET", "2220"));
    assert!(env.contains("127.0.0.8") && env.contains("2220") && env.contains("/tmp/from-file"), "{env}");
    let flag = shown(chat().env("CHAT_PORT_OFFSET", "2220").args(["--port-offset", "3330"]));
    assert!(flag.contains("3330") && !flag.contains("2220") && flag.contains("127.0.0.7"), "{flag}");
}

#[test]
fn the_settings_that_are_shown_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shown.toml");
    let table = |shown: &str| -> toml::Table { shown.parse().unwrap_or_else(|error| panic!("{error}: {shown}")) };
    let shown = run(chat().env("CHAT_PORT_OFFSET", "4440").args(["config", "show"])).succeeded().stdout;
    assert!(shown.contains("CHAT_PORT_OFFSET"), "where it comes from: {shown}");
    std::fs::write(&file, &shown).expect("a file");
    let again = run(chat().args(["--config", file.to_str().expect("a path"), "config", "show"])).succeeded().stdout;
    assert_eq!(table(&again), table(&shown));
}
