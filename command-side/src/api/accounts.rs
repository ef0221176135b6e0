//! What an account has besides its events: claims and a password.

use domain::UserId;
use domain::hash::Hash;

use super::{Commands, Error};
use crate::ports::{Claim, ClaimKind, Digest};

impl Commands {
    /// `owner` wants this e-mail or username for themselves, whatever its case.
    pub(super) fn claim(&self, kind: ClaimKind, text: &str, owner: UserId) -> Claim {
        Claim { kind, digest: self.claimed(kind, text), owner }
    }

    /// Who has this e-mail or username.
    pub(super) async fn owner(&self, kind: ClaimKind, text: &str) -> Result<Option<UserId>, Error> {
        Ok(self.claims.owner(kind, self.claimed(kind, text)).await?)
    }

    /// Slows down whoever guesses passwords; `account` is what they guess at.
    pub(super) async fn hold_back(&self, account: &str, address: &str) -> Result<(), Error> {
        let wait = self.throttle.begin(account, address).await;
        wait.map_or(Ok(()), |wait| Err(Error::TooMany(wait)))
    }

    /// Whether `password` is that of `user`, once [`Commands::hold_back`] let the guess pass; notes it for the next. Nobody's takes as long.
    pub(super) async fn proves(
        &self,
        user: Option<UserId>,
        password: String,
        account: &str,
        address: &str,
    ) -> Result<bool, Error> {
        let known = match user {
            Some(user) => self.credentials.of(user).await?,
            None => None,
        };
        let is_right = self.passwords.verify(password, known.map(|known| known.password_hash)).await?;
        if is_right {
            self.throttle.succeeded(account).await;
        } else {
            self.throttle.failed(address).await;
        }
        Ok(is_right)
    }

    /// An account as the throttle knows it, whether or not it exists: not readable, and of one length.
    pub(super) fn guessed_at(&self, email: &str) -> String {
        Hash(self.claimed(ClaimKind::Email, email)).to_string()
    }

    fn claimed(&self, kind: ClaimKind, text: &str) -> Digest {
        kind.digest(&*self.digests, text)
    }
}
