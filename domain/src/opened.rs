//! Payloads and states as JSON in which personal data can be read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{HasPersonal, PersonalField, UserId};

/// A payload as it is stored, of whatever shape: what is sealed in it can be opened in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened(pub Value);

impl HasPersonal for Opened {
    fn visit_personal(&mut self, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
        visit_in(&mut self.0, visit);
    }
}

fn visit_in(value: &mut Value, visit: &mut dyn FnMut(&mut dyn PersonalField)) {
    if let Some((subject, sealed)) = value.as_object().and_then(sealed) {
        return visit(&mut Field { subject, sealed, place: value });
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit_in(item, visit)),
        Value::Object(fields) => fields.values_mut().for_each(|field| visit_in(field, visit)),
        _ => {}
    }
}

/// What `Personal` looks like when it is sealed.
fn sealed(fields: &Map<String, Value>) -> Option<(UserId, Vec<u8>)> {
    let (subject, sealed) = (fields.get("of")?.as_str()?, fields.get("sealed")?.as_str()?);
    Some((subject.parse().ok()?, STANDARD_NO_PAD.decode(sealed).ok()?))
}

struct Field<'a> {
    subject: UserId,
    sealed: Vec<u8>,
    place: &'a mut Value,
}

impl PersonalField for Field<'_> {
    fn subject(&self) -> UserId {
        self.subject
    }

    fn plain(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn sealed(&self) -> Option<&[u8]> {
        Some(&self.sealed)
    }

    fn seal(&mut self, _sealed: Vec<u8>) {}

    fn open(&mut self, plain: &[u8]) -> Result<(), serde_json::Error> {
        *self.place = serde_json::from_slice(plain)?;
        Ok(())
    }

    fn erase(&mut self) {
        *self.place = json!({ "erased": true });
    }
}

/// Something whose personal fields are open, as JSON that shows them; by itself it refuses to be written.
///
/// # Errors
/// It can not be written for another reason.
pub fn opened<T: HasPersonal + Serialize + Clone>(readable: &T) -> Result<Value, serde_json::Error> {
    let (mut marked, mut values) = (readable.clone(), Vec::new());
    // Each open field is marked with the index of its value, as if it were sealed.
    marked.visit_personal(&mut |field| {
        if let Ok(Some(plain)) = field.plain() {
            field.seal(values.len().to_be_bytes().to_vec());
            values.push(plain);
        }
    });
    let mut shown = Opened(serde_json::to_value(&marked)?);
    let mut outcome = Ok(());
    shown.visit_personal(&mut |field| {
        let index = field.sealed().and_then(|mark| mark.try_into().ok()).map(usize::from_be_bytes);
        if let Some(plain) = index.and_then(|index| values.get(index))
            && let Err(error) = field.open(plain)
        {
            outcome = Err(error);
        }
    });
    outcome.map(|()| shown.0)
}
