use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as _, Command, FromArgMatches as _};

use super::{AllFlags, Context, Error, Role, Settings, Sources};

fn flags(given: &[&str]) -> AllFlags {
    let command = AllFlags::augment_args(Command::new("chat"));
    let matches = command.try_get_matches_from([&["chat"], given].concat()).expect("flags");
    AllFlags::from_arg_matches(&matches).expect("flags")
}

fn settings(given: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Error> {
    let look_up = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
    Settings::read(&Sources::gather(&flags(given), look_up)?)
}

/// A settings file that goes with the test.
struct File(PathBuf);

impl File {
    fn path(&self) -> &str {
        self.0.to_str().expect("a path")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn file(text: &str) -> File {
    let path = std::env::temp_dir().join(format!("chat-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, text).expect("written");
    File(path)
}

#[test]
fn defaults_make_sense() {
    let settings = settings(&[], &[]).expect("defaults");
    assert_eq!((settings.port_offset, settings.body_limit), (0, 1 << 20));
    assert_eq!(settings.contexts, Context::ALL);
    assert!(settings.carries(Role::Relay) && settings.worker_threads > 0);
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let file = file("port_offset = 1\nfreshness_wait = 1\ncontexts = [\"chat\", \"user\"]\nceiling = true");
    let path = file.path();
    let environment =
        [("CHAT_CONFIG", path), ("CHAT_PORT_OFFSET", "2"), ("CHAT_FRESHNESS_WAIT", "250ms"), ("CHAT_LOG", "")];
    let settings = settings(&["--port-offset", "3"], &environment).expect("settings");
    assert_eq!((settings.port_offset, settings.freshness_wait), (3, Duration::from_millis(250)));
    assert_eq!((settings.contexts, settings.ceiling), (vec![Context::User, Context::Chat], true));
    assert_eq!(settings.log, "info", "an empty variable is none");
}

#[test]
fn a_bad_value_names_itself_and_its_source() {
    let refused = |given: &[&str], environment: &[(&str, &str)]| settings(given, environment).unwrap_err().to_string();
    let flag = refused(&["--port-offset", "60000"], &[]);
    assert_eq!(flag, r#"port_offset = "60000" (from --port-offset): a number from 0 to 57526 is expected"#);
    assert!(refused(&[], &[("CHAT_HOST", "home")]).starts_with(r#"host = "home" (from CHAT_HOST)"#));
    for (name, value) in [
        ("CHAT_ROLES", "query,king"),
        ("CHAT_ROLES", ","),
        ("CHAT_CEILING", "maybe"),
        ("CHAT_BODY_LIMIT", "1TB"),
        ("CHAT_REQUEST_TIMEOUT", "0"),
        ("CHAT_REQUEST_TIMEOUT", "-1s"),
        ("CHAT_CORS_ORIGINS", "chat.example"),
        ("CHAT_CORS_ORIGINS", "https://chat.example/"),
        ("CHAT_LOG", "a=b=c"),
        ("CHAT_LOG", "warning"),
        ("CHAT_LOG", "info,infra"),
        ("CHAT_WORKER_THREADS", "1e3"),
        ("CHAT_EVENT_STORE", "mysql://host/chat"),
        ("CHAT_EVENT_LOG", "redis://host"),
        ("CHAT_PARTITIONS", "0"),
        ("CHAT_LISTEN", "everything"),
        ("CHAT_IMAGES", "file://images"),
    ] {
        assert!(refused(&[], &[(name, value)]).contains(name), "{name}={value}");
    }
}

#[test]
fn places_that_can_not_work_together_are_refused() {
    let store = ("CHAT_EVENT_STORE", "postgres://host/chat");
    let cases: [&[(&str, &str)]; 3] =
        [&[store], &[store, ("CHAT_KEYS", "postgres://host/chat")], &[("CHAT_EVENT_LOG", "kafka://host:9092")]];
    for environment in cases {
        assert!(matches!(settings(&[], environment), Err(Error::Unfit(_))), "{environment:?}");
    }
    assert!(settings(&[], &[store, ("CHAT_KEYS", "postgres://host/keys")]).is_ok());
}

#[test]
fn a_bad_place_is_named_without_its_password() {
    let refused = settings(&[], &[("CHAT_DIRECTORY", "mysqlx://ann:secret@host/chat")]).unwrap_err().to_string();
    assert!(refused.contains("mysqlx://ann:***@host/chat") && !refused.contains("secret"), "{refused}");
}

#[test]
fn a_bad_file_says_which_and_why() {
    let with = |text: &str| {
        let file = file(text);
        let path = file.path().to_owned();
        (settings(&["--config", &path], &[]).unwrap_err().to_string(), path)
    };
    let (error, path) = with("prot_offset = 1");
    assert_eq!(error, format!("prot_offset (from {path}): no such setting"));
    let (error, path) = with("host = 1.5");
    assert!(error.starts_with(&format!("host = \"1.5\" (from {path})")), "{error}");
    let (error, _) = with("host = ");
    assert!(error.contains("from --config"), "{error}");
    let error = settings(&[], &[("CHAT_CONFIG", "/nowhere")]).unwrap_err().to_string();
    assert!(error.starts_with("the settings file /nowhere (from CHAT_CONFIG)"), "{error}");
}
