//! What an account has besides its events: claims and a password.

use domain::UserId;
use domain::hash::Hash;

use super::{Commands, Error};
use crate::ports::{Account, Claim, ClaimKind, Digest};

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
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let is_right = self.passwords.verify(password.clone(), hash).await?;
        if is_right {
            if let Some(known) = known.filter(|known| self.passwords.is_outdated(&known.password_hash)) {
                self.rehash(&known, password).await;
            }
            self.throttle.succeeded(account).await;
        } else {
            self.throttle.failed(address).await;
        }
        Ok(is_right)
    }

    /// Hashes a password as it is done today, now that it is known. It is right whether or not that can be kept.
    async fn rehash(&self, known: &Account, password: String) {
        let rehashed = async {
            let hash = self.passwords.hash(password).await?;
            self.credentials.rehash(known, &hash).await
        };
        if let Err(away) = rehashed.await {
            tracing::warn!(%away, "a password is still hashed as it was");
        }
    }

    /// An account as the throttle knows it, whether or not it exists: not readable, and of one length.
    pub(super) fn guessed_at(&self, email: &str) -> String {
        Hash(self.claimed(ClaimKind::Email, email)).to_string()
    }

    fn claimed(&self, kind: ClaimKind, text: &str) -> Digest {
        kind.digest(&*self.digests, text)
    }
}
