//! AES-256-GCM over one field: a random nonce of 96 bits, then the ciphertext; where it belongs is authenticated with it.

use std::collections::HashMap;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use command_side::ports::{Holder, Unavailable};
use domain::{HasPersonal, PersonalField, Place, UserId};

use super::Cipher;

const NONCE: usize = 12;

/// Whose data `holders` hold, each once.
pub(super) fn subjects(holders: &mut [Holder<'_>]) -> Vec<UserId> {
    let mut subjects = Vec::with_capacity(holders.len());
    for holder in holders {
        holder.fields.visit_personal(&mut |field| subjects.push(field.subject()));
    }
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Seals the open fields of `fields`.
pub(super) fn seal(
    place: Place,
    fields: &mut dyn HasPersonal,
    ciphers: &HashMap<UserId, Cipher>,
) -> Result<(), Unavailable> {
    each(fields, |field| {
        let Some(plain) = field.plain().map_err(|error| Unavailable(error.to_string()))? else { return Ok(()) };
        let Some(Some(cipher)) = ciphers.get(&field.subject()) else {
            return Err(Unavailable(format!("{} has no key", field.subject())));
        };
        field.seal(sealed(cipher, place, &plain)?);
        Ok(())
    })
}

/// Opens the sealed fields of `fields`; what has no key any more becomes erased.
pub(super) fn open(
    place: Place,
    fields: &mut dyn HasPersonal,
    ciphers: &HashMap<UserId, Cipher>,
) -> Result<(), Unavailable> {
    each(fields, |field| {
        let Some(sealed) = field.sealed() else { return Ok(()) };
        let Some(Some(cipher)) = ciphers.get(&field.subject()) else {
            field.erase();
            return Ok(());
        };
        let plain = opened(cipher, place, sealed)?;
        field.open(&plain).map_err(|error| Unavailable(error.to_string()))
    })
}

fn each(
    fields: &mut dyn HasPersonal,
    mut work: impl FnMut(&mut dyn PersonalField) -> Result<(), Unavailable>,
) -> Result<(), Unavailable> {
    let mut outcome = Ok(());
    fields.visit_personal(&mut |field| {
        if outcome.is_ok() {
            outcome = work(field);
        }
    });
    outcome
}

fn sealed(cipher: &Aes256Gcm, place: Place, plain: &[u8]) -> Result<Vec<u8>, Unavailable> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| Unavailable(error.to_string()))?;
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let text = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Unavailable("sealing failed".to_owned()))?;
    Ok([&nonce[..], &text].concat())
}

fn opened(cipher: &Aes256Gcm, place: Place, sealed: &[u8]) -> Result<Vec<u8>, Unavailable> {
    let tampered = || Unavailable("a sealed field does not belong where it lies, or was tampered with".to_owned());
    let (nonce, text) = sealed.split_first_chunk::<NONCE>().ok_or_else(tampered)?;
    cipher.decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: place.as_bytes() }).map_err(|_| tampered())
}
