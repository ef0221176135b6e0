use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use command_side::ports::{TokenPair, Tokens as _};
use domain::{SessionId, Timestamp, UserId};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use uuid::Uuid;

use super::{ACCESS_LIFE, Claims, JwtTokens};
use crate::adapters::vault::secrets::Secrets;

const USER: UserId = UserId(Uuid::from_u128(1));
const SESSION: SessionId = SessionId(Uuid::from_u128(2));

fn tokens() -> JwtTokens {
    JwtTokens::new(&Secrets::fresh().expect("randomness")).expect("a key")
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("not that late"))
}

fn issued(tokens: &JwtTokens, seconds_ago: i64) -> TokenPair {
    tokens.issue(USER, SESSION, 7, Timestamp(now().0 - 1000 * seconds_ago))
}

fn caller(tokens: &JwtTokens, token: &str) -> Option<(UserId, SessionId)> {
    tokens.verify(token).map(|caller| (caller.user, caller.session))
}

#[test]
fn an_access_token_tells_who_bears_it_for_a_quarter_of_an_hour() {
    let (tokens, life) = (tokens(), ACCESS_LIFE.as_secs().cast_signed());
    for seconds_ago in [0, life - 2] {
        assert_eq!(caller(&tokens, &issued(&tokens, seconds_ago).access_token), Some((USER, SESSION)));
    }
    assert_eq!(caller(&tokens, &issued(&tokens, life + 1).access_token), None);
    assert_eq!(issued(&tokens, 0).expires_in, ACCESS_LIFE);
}

#[test]
fn a_token_of_another_server_is_none() {
    let (ours, theirs) = (tokens(), tokens());
    let TokenPair { access_token, refresh_token, .. } = issued(&theirs, 0);
    assert_eq!(caller(&ours, &access_token), None);
    assert_eq!(ours.read_refresh(&refresh_token), None);
}

#[test]
fn a_token_that_was_changed_anywhere_is_none() {
    let tokens = tokens();
    let TokenPair { access_token, refresh_token, .. } = issued(&tokens, 0);
    let changed = |token: &str, index: usize| {
        let mut bytes = token.as_bytes().to_vec();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("ASCII")
    };
    for index in (0..access_token.len()).step_by(7) {
        assert_eq!(caller(&tokens, &changed(&access_token, index)), None, "{index}");
    }
    for index in 0..refresh_token.len() {
        assert_eq!(tokens.read_refresh(&changed(&refresh_token, index)), None, "{index}");
    }
}

#[test]
fn what_is_no_token_is_none() {
    let tokens = tokens();
    let good = issued(&tokens, 0);
    for text in ["", ".", "..", "a.b.c", "🦀", &good.access_token[1..], &format!("{}A", good.refresh_token), "AAAA"] {
        assert_eq!(caller(&tokens, text), None, "{text}");
        assert_eq!(tokens.read_refresh(text), None, "{text}");
    }
    assert_eq!(caller(&tokens, &good.refresh_token), None);
    assert_eq!(tokens.read_refresh(&good.access_token), None);
}

/// The oldest tricks with such tokens: no signature at all, and the public key taken for a shared secret.
#[test]
fn only_our_algorithm_is_taken() {
    let tokens = tokens();
    let token = issued(&tokens, 0).access_token;
    let claims = token.split('.').nth(1).expect("three parts");
    let none = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
    assert_eq!(caller(&tokens, &format!("{none}.{claims}.")), None);
    let public = tokens.verifying.try_get_as_bytes().expect("a key");
    let (sub, sid, iat) = (USER, SESSION, now().0 / 1000);
    let claims = Claims { sub, sid, iat, exp: iat + 60 };
    let confused = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(public)).expect("signed");
    assert_eq!(caller(&tokens, &confused), None);
}

#[test]
fn the_refresh_token_of_a_generation_is_always_the_same_and_names_it() {
    let tokens = tokens();
    let token = |generation| tokens.issue(USER, SESSION, generation, now()).refresh_token;
    assert_eq!(token(7), token(7));
    assert_ne!(token(7), token(8));
    for generation in [0, 7, u32::MAX] {
        assert_eq!(tokens.read_refresh(&token(generation)), Some((SESSION, generation)));
    }
}
