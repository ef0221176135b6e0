//! Access tokens (JWT, EdDSA) and refresh tokens (a code over session and generation, so that none is stored).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use command_side::api::Caller;
use command_side::ports::{TokenPair, Tokens};
use domain::{SessionId, Timestamp, UserId};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::adapters::vault::secrets::{Secrets, code};

/// How long an access token is good.
pub const ACCESS_LIFE: Duration = Duration::from_secs(15 * 60);

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Makes and reads tokens.
pub struct JwtTokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    refresh: [u8; 32],
}

impl JwtTokens {
    /// Tokens under the server's secrets.
    ///
    /// # Errors
    /// The key can not be used.
    pub fn new(secrets: &Secrets) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let key = SigningKey::from_bytes(&secrets.token);
        let private = key.to_pkcs8_der()?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 0;
        validation.set_required_spec_claims(&["exp"]);
        Ok(Self {
            signing: EncodingKey::from_ed_der(private.as_bytes()),
            verifying: DecodingKey::from_ed_der(key.verifying_key().as_bytes()),
            validation,
            refresh: secrets.refresh,
        })
    }

    /// Who `token` says that it is from, if it is genuine and has not expired.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Caller> {
        let claims = decode::<Claims>(token, &self.verifying, &self.validation).ok()?.claims;
        Some(Caller { user: claims.sub, session: claims.sid })
    }

    fn refresh_token(&self, session: SessionId, generation: u32) -> String {
        let (session, generation) = (session.0.as_bytes(), generation.to_be_bytes());
        let code = code(&self.refresh, &[session, &generation]);
        URL_SAFE_NO_PAD.encode([&session[..], &generation, &code].concat())
    }
}

impl Tokens for JwtTokens {
    fn issue(&self, user: UserId, session: SessionId, generation: u32, now: Timestamp) -> TokenPair {
        let iat = now.0 / 1000;
        let exp = iat + ACCESS_LIFE.as_secs().cast_signed();
        let claims = Claims { sub: user, sid: session, iat, exp };
        // The key is good and the claims are texts and numbers: this does not fail.
        let access_token = encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing).unwrap_or_default();
        TokenPair { access_token, refresh_token: self.refresh_token(session, generation), expires_in: ACCESS_LIFE }
    }

    fn read_refresh(&self, token: &str) -> Option<(SessionId, u32)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, given) = rest.split_first_chunk::<4>()?;
        let expected = code(&self.refresh, &[session, generation]);
        let differs = expected.iter().zip(given).fold(0, |differs, (a, b)| differs | (a ^ b));
        let genuine = given.len() == expected.len() && differs == 0;
        genuine.then(|| (SessionId(Uuid::from_bytes(*session)), u32::from_be_bytes(*generation)))
    }
}

#[cfg(test)]
mod tests;
