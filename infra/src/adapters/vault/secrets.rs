//! The server's own secrets: made at first start, readable by nobody else.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use command_side::ports::{Digest, Digests};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

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
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let key = |name: &str| key(&folder.join(name));
        Ok(Self { digest: key("digest.key")?, token: key("token.key")?, refresh: key("refresh.key")? })
    }
}

impl Digests for Secrets {
    fn digest(&self, purpose: &str, bytes: &[u8]) -> Digest {
        code(&self.digest, &[purpose.as_bytes(), &[0], bytes])
    }
}

/// The HMAC-SHA256 of `parts`, one behind the other.
pub(crate) fn code(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn key(path: &Path) -> io::Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => {
            make_private(path)?;
            let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()));
            bytes.try_into().map_err(damaged)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Written whole under another name first: a process killed in the middle leaves no half a key.
    let draft = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(draft, path)?;
    Ok(key)
}

/// Makes `path` an existing file that only its owner can read and write.
///
/// # Errors
/// Those of the file system.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "could be read by others: making it private");
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}
