//! AES-256-GCM over one field: a random nonce of 96 bits, then the ciphertext; where it belongs is authenticated with it.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce as GcmNonce};
use command_side::ports::Unavailable;
use domain::Place;

/// A key of AES-256.
pub type Key = [u8; 32];
/// Random, and never used again under the same key.
pub(super) type Nonce = [u8; 12];

/// So many fresh nonces.
pub(super) fn nonces(count: usize) -> Result<Vec<Nonce>, Unavailable> {
    let mut nonces = vec![Nonce::default(); count];
    random(nonces.as_flattened_mut())?;
    Ok(nonces)
}

/// A fresh key.
pub(super) fn new_key() -> Result<Key, Unavailable> {
    let mut key = Key::default();
    random(&mut key)?;
    Ok(key)
}

fn random(bytes: &mut [u8]) -> Result<(), Unavailable> {
    getrandom::fill(bytes).map_err(|error| Unavailable(format!("the system gives no randomness: {error}")))
}

/// `plain`, sealed; `None` when it is longer than the cipher allows (64 GB).
pub(super) fn seal(key: &Key, nonce: Nonce, place: Place, plain: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let text = Aes256Gcm::new(key.into()).encrypt(&GcmNonce::from(nonce), payload).ok()?;
    Some([&nonce[..], &text].concat())
}

/// What was sealed; `None` when it was sealed for another place, under another key, or was tampered with.
pub(super) fn open(key: &Key, place: Place, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_first_chunk::<{ size_of::<Nonce>() }>()?;
    let payload = Payload { msg: text, aad: place.as_bytes() };
    Aes256Gcm::new(key.into()).decrypt(&GcmNonce::from(*nonce), payload).ok()
}
