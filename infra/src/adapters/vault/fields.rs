//! Sealing and opening the fields of many holders under the keys of their subjects.

use command_side::ports::{Holder, Unavailable};
use domain::{HasPersonal, PersonalField, Place, UserId};

use super::cipher::{self, Nonce};
use super::keys::KeyRing;

/// One of the holders, in which a field does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which of the holders.
    pub index: usize,
    pub why: String,
}

/// The subject of each open field, as often as there are fields.
pub(super) fn open_subjects(holders: &mut [Holder<'_>]) -> Vec<UserId> {
    subjects(holders, |field| field.sealed().is_none())
}

/// The subject of each sealed field, as often as there are fields.
pub(super) fn sealed_subjects(holders: &mut [Holder<'_>]) -> Vec<UserId> {
    subjects(holders, |field| field.sealed().is_some())
}

fn subjects(holders: &mut [Holder<'_>], which: impl Fn(&dyn PersonalField) -> bool) -> Vec<UserId> {
    let mut subjects = Vec::with_capacity(holders.len());
    for holder in holders {
        holder.fields.visit_personal(&mut |field| {
            if which(field) {
                subjects.push(field.subject());
            }
        });
    }
    subjects
}

/// Seals every open field, each with a nonce of its own.
pub(super) fn seal(holders: &mut [Holder<'_>], keys: &KeyRing, nonces: Vec<Nonce>) -> Result<(), Unavailable> {
    let mut nonces = nonces.into_iter();
    for Holder { place, fields } in holders {
        each(*fields, |field| seal_field(field, *place, keys, &mut nonces)).map_err(Unavailable)?;
    }
    Ok(())
}

fn seal_field(
    field: &mut dyn PersonalField,
    place: Place,
    keys: &KeyRing,
    nonces: &mut impl Iterator<Item = Nonce>,
) -> Result<(), String> {
    let subject = field.subject();
    let Some(plain) = field.plain().map_err(|error| format!("what is about {subject} can not be written: {error}"))?
    else {
        return Ok(());
    };
    let key = keys.get(subject).ok_or_else(|| format!("{subject} has no key to seal with"))?;
    let sealed = nonces.next().and_then(|nonce| cipher::seal(key, nonce, place, &plain));
    field.seal(sealed.ok_or_else(|| format!("what is about {subject} can not be sealed"))?);
    Ok(())
}

/// Opens every sealed field; what has no key any more becomes erased.
pub(super) fn open(holders: &mut [Holder<'_>], keys: &KeyRing) -> Vec<Broken> {
    let opened = holders.iter_mut().enumerate().map(|(index, Holder { place, fields })| {
        let opened = each(*fields, |field| open_field(field, *place, keys));
        opened.map_err(|why| Broken { index, why })
    });
    opened.filter_map(Result::err).collect()
}

fn open_field(field: &mut dyn PersonalField, place: Place, keys: &KeyRing) -> Result<(), String> {
    let subject = field.subject();
    let Some(sealed) = field.sealed() else { return Ok(()) };
    let Some(key) = keys.get(subject) else {
        field.erase();
        return Ok(());
    };
    let plain = cipher::open(key, place, sealed).ok_or_else(|| {
        format!("what is about {subject} at {} was tampered with, or belongs elsewhere", named(place))
    })?;
    field.open(&plain).map_err(|error| format!("what is about {subject} at {}: {error}", named(place)))
}

/// The place as hexadecimal digits: the stream's id, the version, the stream's kind and what it is in.
fn named(place: Place) -> String {
    place.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Visits every field until one fails.
fn each(
    fields: &mut dyn HasPersonal,
    mut visit: impl FnMut(&mut dyn PersonalField) -> Result<(), String>,
) -> Result<(), String> {
    let mut outcome = Ok(());
    fields.visit_personal(&mut |field| {
        if outcome.is_ok() {
            outcome = visit(field);
        }
    });
    outcome
}
