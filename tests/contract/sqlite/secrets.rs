//! The server's own secrets in their folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use command_side::ports::Digests as _;
use infra::adapters::vault::secrets::Secrets;
use tempfile::TempDir;

const FILES: [&str; 3] = ["digest.key", "token.key", "refresh.key"];

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn secrets_are_made_once_and_nobody_else_can_read_them() {
    let home = TempDir::new().expect("a folder");
    let folder = home.path().join("deep/secrets");
    let first = Secrets::open(&folder).expect("made").digest("email", b"ann");
    assert_eq!(Secrets::open(&folder).expect("there").digest("email", b"ann"), first);
    assert_eq!(mode(&folder), 0o700);
    let mut keys: Vec<_> = FILES.iter().map(|file| fs::read(folder.join(file)).expect("a key")).collect();
    assert!(FILES.iter().all(|file| mode(&folder.join(file)) == 0o600));
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "each is its own");
}

#[test]
fn secrets_that_others_could_read_are_closed_to_them() {
    let folder = TempDir::new().expect("a folder");
    Secrets::open(folder.path()).expect("made");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("opened wide");
    fs::set_permissions(folder.path().join("token.key"), Permissions::from_mode(0o644)).expect("opened wide");
    Secrets::open(folder.path()).expect("there");
    assert_eq!((mode(folder.path()), mode(&folder.path().join("token.key"))), (0o700, 0o600));
}

#[test]
fn a_damaged_secret_is_not_replaced() {
    let folder = TempDir::new().expect("a folder");
    Secrets::open(folder.path()).expect("made");
    fs::write(folder.path().join("digest.key"), [1; 31]).expect("cut short");
    let refused = Secrets::open(folder.path()).err().expect("it is damaged");
    assert!(refused.to_string().contains("digest.key"), "{refused}");
    assert_eq!(fs::read(folder.path().join("digest.key")).expect("there"), [1; 31]);
}

#[test]
fn the_same_bytes_have_another_digest_in_another_role() {
    let folder = TempDir::new().expect("a folder");
    let secrets = Secrets::open(folder.path()).expect("made");
    let digests = [("email", "ann"), ("username", "ann"), ("email", "bob"), ("emai", "lann"), ("", "emailann")];
    let mut digests: Vec<_> = digests.iter().map(|(role, text)| secrets.digest(role, text.as_bytes())).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 5);
}
