//! The server's own secrets: made at first start, readable by nobody else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use command_side::ports::{Digest, Digests};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::private;

/// The purpose of the digest by which an event store knows `digest.key`.
pub const IDENTITY: &str = "identity";

/// Three keys of 32 bytes, each for one purpose.
pub struct Secrets {
    /// For digests of e-mails, usernames, idempotency keys and requests.
    digest: [u8; 32],
    /// The seed of the Ed25519 key that signs access tokens.
    pub(crate) token: [u8; 32],
    /// For the refresh tokens' codes.
    pub(crate) refresh: [u8; 32],
}

impl Secrets {
    /// Reads the secrets in `folder`, making those that are missing.
    ///
    /// # Errors
    /// They can not be read or written, or are damaged.
    pub fn open(folder: &Path) -> io::Result<Self> {
        private::folder(folder)?;
        let key = |name: &str| key(folder, name);
        Ok(Self { digest: key("digest.key")?, token: key("token.key")?, refresh: key("refresh.key")? })
    }

    /// The digest by which an event store knows the `digest.key` in `folder`; none without such a file, and none is made.
    ///
    /// # Errors
    /// It can not be read, or is damaged.
    pub fn known_by(folder: &Path) -> io::Result<Option<Digest>> {
        let path = folder.join("digest.key");
        match fs::read(&path) {
            Ok(bytes) => whole(&path, bytes).map(|key| Some(digest(&key, IDENTITY, b""))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Secrets that are kept nowhere: what rests on them ends with the process.
    ///
    /// # Errors
    /// The system gives no randomness.
    #[cfg(test)]
    pub(crate) fn fresh() -> io::Result<Self> {
        Ok(Self { digest: random()?, token: random()?, refresh: random()? })
    }
}

impl Digests for Secrets {
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Digest {
        digest(&self.digest, purpose, bytes)
    }
}

fn digest(key: &[u8; 32], purpose: &str, bytes: &[u8]) -> Digest {
    code(key, &[purpose.as_bytes(), &[0], bytes])
}

/// The HMAC-SHA256 of `parts`, one behind the other.
pub(crate) fn code(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn key(folder: &Path, name: &str) -> io::Result<[u8; 32]> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => {
            private::file(&path)?;
            whole(&path, bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, name, &path),
        Err(error) => Err(error),
    }
}

fn whole(path: &Path, bytes: Vec<u8>) -> io::Result<[u8; 32]> {
    let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()));
    bytes.try_into().map_err(damaged)
}

fn make(folder: &Path, name: &str, path: &Path) -> io::Result<[u8; 32]> {
    let key = random()?;
    // Written whole under another name first: a process killed in the middle leaves no half a key.
    let draft = path.with_extension(format!("{}.new", uuid::Uuid::now_v7().simple()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    // Never over another: of processes that begin together one is first, and all have its key.
    let named = fs::hard_link(&draft, path);
    fs::remove_file(draft)?;
    match named {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return self::key(folder, name),
        named => named?,
    }
    // Claims and tokens will rest on it: its name must be durable too.
    File::open(folder)?.sync_all()?;
    Ok(key)
}

fn random() -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_that_begin_together_all_have_the_same_keys() {
        let folder = std::env::temp_dir().join(format!("chat-secrets-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).expect("a folder");
        let opened: Vec<_> = std::thread::scope(|scope| {
            let opening: Vec<_> =
                (0..8).map(|_| scope.spawn(|| make(&folder, "token.key", &folder.join("token.key")))).collect();
            opening.into_iter().map(|opening| opening.join().expect("no panic")).collect()
        });
        let kept = key(&folder, "token.key").expect("a key");
        assert!(opened.into_iter().all(|opened| opened.expect("a key") == kept));
        fs::remove_dir_all(folder).ok();
    }
}
