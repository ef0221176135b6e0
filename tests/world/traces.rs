//! Searching everything that a chat keeps, past the server, for what somebody had entered.

mod kafka;
mod servers;

use crate::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::{Path, PathBuf};

/// Texts, each in every form in which it might be kept.
pub struct Traces(Vec<(String, Vec<Vec<u8>>)>);

impl Traces {
    /// Of these texts, each long enough not to stand somewhere by chance.
    pub fn of(texts: &[String]) -> Self {
        assert!(texts.iter().all(|text| text.len() >= 8), "too short to be told from anything else: {texts:?}");
        Self(texts.iter().map(|text| (text.clone(), forms(text))).collect())
    }

    /// Which of them stand where, in all files of the server (its log too), or on all servers that it is built on.
    pub async fn found(&self, world: &World) -> Vec<String> {
        let mut found = vec![];
        for file in files(world.folder()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            self.look(&file.display().to_string(), &bytes, &mut found);
        }
        if let Some(premises) = world.premises() {
            servers::look(premises, &mut |place, bytes| self.look(place, bytes, &mut found)).await;
        }
        found
    }

    fn look(&self, place: &str, bytes: &[u8], found: &mut Vec<String>) {
        for (text, forms) in &self.0 {
            if forms.iter().any(|form| holds(bytes, form)) {
                found.push(format!("{text:?} in {place}"));
            }
        }
    }
}

/// As it is, as JSON without foreign letters, as UTF-16, as hexadecimal digits, and as base64 at each offset.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let escaped: String = text.encode_utf16().map(escaped).collect();
    let wide = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = (0..3).map(|offset| {
        let encoded = STANDARD_NO_PAD.encode([&b"\0\0"[..offset], bytes].concat()).into_bytes();
        // What lies beside it in the same three bytes has a part in the first and last characters.
        encoded[(4 * offset).div_ceil(3)..encoded.len() - 1].to_vec()
    });
    let plain = [bytes.to_vec(), escaped.into_bytes(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
    let upper = hex.to_uppercase().into_bytes();
    plain.into_iter().chain([hex.into_bytes(), upper]).chain(base64).collect()
}

fn escaped(unit: u16) -> String {
    match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    }
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let starts = haystack.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.map(|(start, _)| start).any(|start| haystack[start..].starts_with(needle))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
