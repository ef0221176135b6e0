//! Argon2id, on as many threads as there are cores.

use std::ops::RangeInclusive;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use async_trait::async_trait;
use command_side::ports::{Passwords, Unavailable};

use crate::adapters::pool::Pool;

/// KiB, rounds and lanes: what OWASP names first for argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Each one more takes twice as long; at 14 about a second.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=14;
/// How many may wait; at some 20 ms each, whoever came later would not be answered in time.
const MOST_WAITING: usize = 256;

/// Password hashing on a bounded pool.
pub struct Argon2Passwords {
    argon2: Argon2<'static>,
    pool: Pool,
    /// What is verified against when there is no account, so that it takes as long.
    nobodys: String,
}

impl Argon2Passwords {
    /// Hashes on up to `threads` threads at once.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn new(threads: usize) -> Result<Self, Unavailable> {
        let (memory, rounds, lanes) = COST;
        let params = Params::new(memory, rounds, lanes, None).map_err(|error| Unavailable(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, "nobody's password")?;
        Ok(Self { argon2, pool: Pool::new(threads, MOST_WAITING), nobodys })
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let argon2 = self.argon2.clone();
        Ok(self.pool.run(move || work(argon2)).await?)
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, Unavailable> {
    let hash = argon2.hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| Unavailable(error.to_string()))
}

/// Whether a hash is one of bcrypt, as the system before this one made them, and of a cost that a login can bear.
#[must_use]
pub fn is_bcrypt(hash: &str) -> bool {
    let parts: Vec<_> = hash.split('$').collect();
    match parts[..] {
        ["", "2a" | "2b" | "2y", cost, salted] => {
            let is_cost = cost.len() == 2 && cost.parse().is_ok_and(|cost: u32| BCRYPT_COSTS.contains(&cost));
            is_cost && salted.len() == 53 && salted.bytes().all(|c| c.is_ascii_alphanumeric() || b"./".contains(&c))
        }
        _ => false,
    }
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, password: String) -> Result<String, Unavailable> {
        self.work(move |argon2| hash(&argon2, &password)).await?
    }

    async fn verify(&self, password: String, known: Option<String>) -> Result<bool, Unavailable> {
        let (is_known, against) = (known.is_some(), known.unwrap_or_else(|| self.nobodys.clone()));
        let matches = self.work(move |argon2| {
            if is_bcrypt(&against) {
                return bcrypt::verify(password, &against).unwrap_or(false);
            }
            let hash = PasswordHash::new(&against);
            hash.is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(matches.await? && is_known)
    }

    fn is_outdated(&self, hash: &str) -> bool {
        is_bcrypt(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn hashed(passwords: &Argon2Passwords, password: &str) -> String {
        passwords.hash(password.to_owned()).await.expect("hashed")
    }

    async fn verified(passwords: &Argon2Passwords, password: &str, hash: Option<&str>) -> bool {
        passwords.verify(password.to_owned(), hash.map(str::to_owned)).await.expect("verified")
    }

    #[tokio::test]
    async fn a_password_is_verified_against_its_own_hash_only() {
        let passwords = Argon2Passwords::new(2).expect("randomness");
        let (hash, again) =
            (hashed(&passwords, "correct horse 1!").await, hashed(&passwords, "correct horse 1!").await);
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, again, "each has a salt of its own");
        assert!(verified(&passwords, "correct horse 1!", Some(&hash)).await);
        assert!(!verified(&passwords, "correct horse 1", Some(&hash)).await);
        assert!(!verified(&passwords, "correct horse 1!", Some("no hash")).await);
    }

    /// Made by libxcrypt.
    const OLDER: &str = "$2b$05$88QTMdRFFmdalM.9CxBEwuEoZOhbzEYwdsRoFo.CScZNYZGrogI.m";

    #[tokio::test]
    async fn a_hash_of_the_system_before_is_verified_and_known_to_be_outdated() {
        let passwords = Argon2Passwords::new(1).expect("randomness");
        assert!(verified(&passwords, "correct horse 1!", Some(OLDER)).await && passwords.is_outdated(OLDER));
        assert!(!verified(&passwords, "correct horse 2!", Some(OLDER)).await);
        let hash = hashed(&passwords, "correct horse 1!").await;
        assert!(!passwords.is_outdated(&hash));
    }

    #[test]
    fn a_hash_that_would_take_for_ever_or_is_none_is_not_taken_for_one() {
        assert!(is_bcrypt(OLDER));
        let (costly, cut) = (OLDER.replace("$05$", "$31$"), &OLDER[..OLDER.len() - 1]);
        for other in ["", "$2b$", "plain", &costly, cut, &format!("{cut}$"), "$argon2id$v=19$m=1,t=1,p=1$a$b"] {
            assert!(!is_bcrypt(other), "{other}");
        }
    }

    #[tokio::test]
    async fn whoever_has_no_account_has_no_password_either() {
        let passwords = Argon2Passwords::new(1).expect("randomness");
        assert!(!verified(&passwords, "nobody's password", None).await);
    }
}
