//! Who gives a command, and under which idempotency key.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use domain::{Decide, UserId};
use serde_json::Value;
use uuid::Uuid;

use super::sameness::canonical;
use super::{Caller, Commands, Error, Trace};
use crate::dispatch::{Key, Order};
use crate::ports::Digest;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 128;

/// A command's name in metrics, and the status of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act(pub(super) &'static str, pub(super) StatusCode);

/// Whoever gives a command. By itself the extractor of commands without a body.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) caller: Caller,
    pub(super) trace: Trace,
    /// The key, and the request that it stands for.
    pub(super) key: Option<(Digest, Digest)>,
}

impl Asker {
    pub(super) const fn user(&self) -> UserId {
        self.caller.user
    }

    /// A command of theirs to the aggregate `id`.
    pub(super) fn order<A: Decide>(&self, Act(name, status): Act, id: Uuid, command: A::Command) -> Order<A> {
        let user = self.user();
        let key = self.key.map(|(key, request)| Key { user, key, request, status: status.as_u16() });
        let actor = self.trace.actor(Some(user));
        Order { id, name, command, actor, key, guards: vec![], claims: vec![], credential: None }
    }
}

impl FromRequestParts<Arc<Commands>> for Asker {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, commands: &Arc<Commands>) -> Result<Self, Error> {
        Ok(Arrival::of(parts).await?.asker(commands, None))
    }
}

/// An asker whose body is not read yet.
pub(super) struct Arrival {
    caller: Caller,
    trace: Trace,
    keyed: Option<Keyed>,
}

/// A key as it was sent, and what it was sent to.
struct Keyed {
    key: String,
    method: Method,
    path: String,
}

impl Arrival {
    /// Who asks; strangers are turned away before anything else is looked at.
    pub(super) async fn of(parts: &mut Parts) -> Result<Self, Error> {
        let caller = Caller::from_request_parts(parts, &()).await?;
        let Ok(trace) = Trace::from_request_parts(parts, &()).await;
        let keyed = key(&parts.headers)?.map(|key| Keyed {
            key: key.to_owned(),
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
        });
        Ok(Self { caller, trace, keyed })
    }

    /// Whether the body has to be read as JSON for its own sake.
    pub(super) const fn is_keyed(&self) -> bool {
        self.keyed.is_some()
    }

    /// The asker, whose request says `body`.
    pub(super) fn asker(self, commands: &Commands, body: Option<&Value>) -> Asker {
        let digest = |purpose, text: &str| commands.digests.digest(purpose, text.as_bytes());
        let key = self.keyed.map(|Keyed { key, method, path }| {
            (digest("idempotency-key", &key), digest("request", &canonical(&method, &path, body)))
        });
        Asker { caller: self.caller, trace: self.trace, key }
    }
}

/// The key that was sent, if one was.
fn key(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut sent = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = sent.next() else { return Ok(None) };
    let is_visible = |text: &&str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = key.to_str().ok().filter(|text| (1..=LONGEST_KEY).contains(&text.len())).filter(is_visible);
    match (text, sent.next()) {
        (Some(text), None) => Ok(Some(text)),
        _ => Err(Error::Malformed {
            code: "INVALID_IDEMPOTENCY_KEY",
            detail: format!("Idempotency-Key is one of 1 to {LONGEST_KEY} visible ASCII characters"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn sent(keys: &[&[u8]]) -> Result<Option<String>, Error> {
        let mut headers = HeaderMap::new();
        for sent in keys {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(sent).expect("a header"));
        }
        Ok(key(&headers)?.map(str::to_owned))
    }

    #[test]
    fn a_key_has_1_to_128_visible_characters() {
        let longest = [b'k'; 128];
        for good in [&b"k"[..], b"~!key-1", &longest] {
            assert_eq!(sent(&[good]).expect("a key").map(String::into_bytes), Some(good.to_vec()));
        }
        for bad in [&b""[..], b" ", b"two words", b"tab\there", "k\u{e9}y".as_bytes(), &[b'k'; 129]] {
            let refused = sent(&[bad]);
            assert!(matches!(refused, Err(Error::Malformed { code: "INVALID_IDEMPOTENCY_KEY", .. })), "{bad:?}");
        }
    }

    #[test]
    fn no_key_is_none_and_two_are_one_too_many() {
        assert_eq!(sent(&[]).expect("nothing"), None);
        assert!(sent(&[b"a", b"a"]).is_err());
    }
}
