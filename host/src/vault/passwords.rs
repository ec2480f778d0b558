//! Passwords are hashed with argon2id, which takes time and memory on purpose: away from the async threads, and few at a
//! time, so that a flood of sign-ins waits instead of taking the machine.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use tokio::sync::Semaphore;

use super::Secret;
use crate::error::Error;

/// How many are hashed at the same time; each takes 19 MiB.
const AT_A_TIME: usize = 2;

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    slots: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Passwords {
    /// The hash of a password in PHC form, with its own salt.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, Error> {
        self.away(move || {
            let hash: Result<PasswordHash, _> =
                Argon2::default().hash_password(password.expose().as_bytes());
            hash.map(|hash| hash.to_string())
                .map_err(|error| Error::internal(error.to_string()))
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is never the one: time does
    /// not tell whether an account exists.
    pub async fn is_right(
        &self,
        password: Secret<String>,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        self.away(move || {
            let argon2 = Argon2::default();
            let given = password.expose().as_bytes();
            match hash {
                Some(hash) => Ok(argon2.verify_password(given, hash.as_str()).is_ok()),
                None => {
                    let _: Result<PasswordHash, _> = argon2.hash_password(given);
                    Ok(false)
                }
            }
        })
        .await
    }

    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _slot = self.slots.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Error::internal)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::default();
        let hash = passwords
            .hash(secret("correct horse battery"))
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert_ne!(
            hash,
            passwords
                .hash(secret("correct horse battery"))
                .await
                .unwrap()
        );
        let check = async |text, hash| passwords.is_right(secret(text), hash).await.unwrap();
        assert!(check("correct horse battery", Some(hash.clone())).await);
        assert!(!check("wrong horse battery", Some(hash)).await);
        assert!(!check("correct horse battery", None).await);
    }
}
